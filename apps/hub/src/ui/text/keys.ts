/** What a key press means on this device. */

interface KeyPress {
  readonly isComposing: boolean;
  readonly keyCode: number;
}

/**
 * Whether an input method is still putting a word together, so that Enter confirms the word and must not send. Safari ends the
 * composition before it reports the key, which then carries the code 229.
 */
export function isComposing(press: KeyPress, started: boolean): boolean {
  return press.isComposing || started || press.keyCode === 229;
}

/** Whether this is a desk: there Enter sends; on a touch screen it makes a new line. */
export function hasKeyboard(): boolean {
  return window.matchMedia("(hover: hover) and (pointer: fine)").matches;
}

/** Whether a key belongs to a field that is being written in, so that no shortcut may take it. */
export function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}

/** The name of the key that stands for "command" here. */
export function commandKey(): string {
  return isApple() ? "⌘" : "Ctrl";
}

/** Whether Alt is Option here, which types characters. */
export function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}
