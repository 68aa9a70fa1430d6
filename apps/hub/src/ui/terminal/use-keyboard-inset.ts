/** How much of the page's bottom a screen keyboard covers (px): browsers that do not shrink the page say it only here. */
"use client";
import { useSyncExternalStore } from "react";

function subscribe(listener: () => void): () => void {
  const view = window.visualViewport;
  view?.addEventListener("resize", listener);
  view?.addEventListener("scroll", listener);
  return () => {
    view?.removeEventListener("resize", listener);
    view?.removeEventListener("scroll", listener);
  };
}

function read(): number {
  const view = window.visualViewport;
  // A page that is zoomed into is smaller too, and no keyboard covers it.
  if (view === null || view.scale > 1.05) return 0;
  return Math.max(0, Math.round(window.innerHeight - view.height - view.offsetTop));
}

export function useKeyboardInset(): number {
  return useSyncExternalStore(subscribe, read, () => 0);
}
