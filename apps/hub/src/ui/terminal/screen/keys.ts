/** Keys that are the page's and not the program's. All have Ctrl and Shift, or Alt and a digit: programs do not use those. */

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

export function actionOf(press: Press): KeyAction | undefined {
  const { key, code, ctrlKey, shiftKey, altKey, metaKey } = press;
  if (metaKey) return undefined;
  if (altKey && !ctrlKey && !shiftKey && /^Digit[1-9]$/.test(code)) return { kind: "tab", index: Number(code.slice(5)) - 1 };
  const named = WITH_SHIFT[code];
  if (named !== undefined && shiftKey && ctrlKey && !altKey) return { kind: named };
  if (named !== undefined && shiftKey && altKey && !ctrlKey && WITH_ALT_SHIFT.has(code)) return { kind: named };
  if (!ctrlKey || altKey) return undefined;
  if (key === "+" || key === "=") return { kind: "bigger" };
  // Ctrl+Shift+- is Ctrl+_, which editors undo with.
  if (key === "-" && !shiftKey) return { kind: "smaller" };
  return key === "0" && !shiftKey ? { kind: "usual" } : undefined;
}
