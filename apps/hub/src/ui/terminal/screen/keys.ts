/**
 * Keys that are the page's and not the program's. All but those of the text size have Ctrl and Shift, which programs hardly use: what
 * Ctrl+Shift+2 and 6 send on some layouts, Ctrl+Space and Ctrl+6 send as well.
 */

export type KeyAction =
  | { readonly kind: "tab"; readonly index: number }
  | {
      readonly kind:
        | "copy"
        | "paste"
        | "search"
        | "new"
        | "close"
        | "bigger"
        | "smaller"
        | "usual"
        | "prompt-before"
        | "prompt-after"
        | "leave"
        | "split-row"
        | "split-column";
    };

interface Press {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

/** By place on the keyboard, so that Shift and other layouts do not matter. Browsers keep Ctrl+Shift+T and W: Alt+Shift works too. */
const WITH_SHIFT: Readonly<Record<string, Exclude<KeyAction["kind"], "tab">>> = {
  KeyC: "copy",
  KeyV: "paste",
  KeyF: "search",
  KeyT: "new",
  KeyW: "close",
  KeyE: "leave",
  KeyD: "split-row",
  KeyS: "split-column",
  ArrowUp: "prompt-before",
  ArrowDown: "prompt-after",
};
const WITH_ALT_SHIFT: ReadonlySet<string> = new Set(["KeyT", "KeyW", "KeyD", "KeyS"]);

/** `optionTypes`: Alt is a Mac's Option and types characters, also with Shift. */
export function actionOf(press: Press, optionTypes = false): KeyAction | undefined {
  const { key, code, ctrlKey, shiftKey, altKey, metaKey } = press;
  if (metaKey) return undefined;
  if (ctrlKey && shiftKey && !altKey && /^Digit[1-9]$/.test(code)) return { kind: "tab", index: Number(code.slice(5)) - 1 };
  const named = WITH_SHIFT[code];
  if (named !== undefined && shiftKey && ctrlKey && !altKey) return { kind: named };
  if (named !== undefined && shiftKey && altKey && !ctrlKey && !optionTypes && WITH_ALT_SHIFT.has(code)) return { kind: named };
  if (!ctrlKey || altKey) return undefined;
  if (key === "+" || key === "=") return { kind: "bigger" };
  // Ctrl+Shift+- is Ctrl+_, which editors undo with.
  if (key === "-" && !shiftKey) return { kind: "smaller" };
  return key === "0" && !shiftKey ? { kind: "usual" } : undefined;
}
