/** The field that takes what screen keyboards write: those change and repeat what they think is a word, and this takes keys, not words. */
import type { Terminal } from "@xterm/xterm";

const PLAIN = { autocapitalize: "none", autocomplete: "off", autocorrect: "off", spellcheck: "false" } as const;

/** Prepares the field of an opened terminal. */
export function prepareField(xterm: Terminal, hasKeyboard: boolean): void {
  const field = xterm.textarea;
  if (field === undefined) return;
  for (const [name, value] of Object.entries(PLAIN)) field.setAttribute(name, value);
  field.setAttribute("aria-label", "Terminal input");
  if (!hasKeyboard) keepEmpty(xterm, field);
}

/**
 * Empties the field as soon as what was written into it is sent: a word that a keyboard still finds there it takes up again, replaces or
 * deletes, and xterm, which looks at lengths, sends a part of it or all of it twice. Listens behind xterm, whose timers so run first.
 */
function keepEmpty(xterm: Terminal, field: HTMLTextAreaElement): void {
  let composing = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const emptySoon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // A screen reader reads from the field what was typed.
      if (!composing && !xterm.options.screenReaderMode) field.value = "";
    }, 0);
  };
  field.addEventListener("compositionstart", () => {
    composing = true;
  });
  field.addEventListener("compositionend", () => {
    composing = false;
    emptySoon();
  });
  field.addEventListener("input", emptySoon);
  // What this key writes is told from what the field had before it.
  field.addEventListener("keydown", () => clearTimeout(timer));
  // In an empty field nothing changes that xterm could see.
  field.addEventListener("beforeinput", ({ inputType }) => {
    if (inputType === "deleteContentBackward" && field.value === "" && !composing) xterm.input("\x7f");
  });
}
