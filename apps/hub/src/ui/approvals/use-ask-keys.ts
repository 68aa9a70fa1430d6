/** The keys for questions on the page: they move the focus to what they name, and Enter confirms; nothing is answered by one press. */
"use client";
import { useShortcut } from "../hooks/use-shortcut.ts";

const CARD = "[data-ask-open]";

/** Where questions count: a dialog that is open covers the page. */
function scene(): ParentNode {
  const dialogs = document.querySelectorAll("[role=dialog], [role=alertdialog]");
  return dialogs[dialogs.length - 1] ?? document;
}

function cards(): HTMLElement[] {
  return [...scene().querySelectorAll<HTMLElement>(CARD)];
}

function currentCard(): HTMLElement | undefined {
  const here = document.activeElement?.closest<HTMLElement>(CARD);
  const all = cards();
  return here !== null && here !== undefined && all.includes(here) ? here : all[0];
}

function show(element: HTMLElement): void {
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "nearest" });
}

interface AskKeysOptions {
  readonly disabled?: boolean;
  /** What `a`, `d` and `r` do when no question is on the screen, e.g. bring it there. */
  readonly onMissing?: () => void;
}

export function useAskKeys({ disabled = false, onMissing }: AskKeysOptions = {}): void {
  const reach = (act: "allow" | "deny" | "reason") => {
    const card = currentCard();
    const button = card?.querySelector<HTMLButtonElement>(`[data-ask-act="${act}"]:not(:disabled)`);
    if (button !== null && button !== undefined) {
      show(button);
      if (act === "reason") button.click();
    } else if (card === undefined) onMissing?.();
  };
  const step = (by: 1 | -1) => {
    const all = cards();
    const here = document.activeElement?.closest<HTMLElement>(CARD);
    const at = here === null || here === undefined ? -1 : all.indexOf(here);
    const next = at === -1 ? all.at(by === 1 ? 0 : -1) : all[at + by];
    if (next !== undefined) show(next);
  };
  useShortcut("a", () => reach("allow"), { disabled });
  useShortcut("d", () => reach("deny"), { disabled });
  useShortcut("r", () => reach("reason"), { disabled });
  useShortcut("ArrowDown", () => step(1), { disabled, when: hasAny });
  useShortcut("ArrowUp", () => step(-1), { disabled, when: hasAny });
}

/** The arrows scroll where there is no question, and belong to menus and tabs where one of those has the focus. */
function hasAny(target: EventTarget | null): boolean {
  const taken =
    target instanceof Element && target.closest("[role=menu], [role=tablist], [role=listbox], [role=radiogroup], summary") !== null;
  return !taken && cards().length > 0;
}
