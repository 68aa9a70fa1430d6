/** Follows a link to a question: brings its row into view once, fetching older pages until it is there, and gives it the focus. */
"use client";
import { approvalKey, type LiveSession, type LiveSessionState } from "@fairlead/client";
import { useSearchParams } from "next/navigation";
import { useEffect, useRef } from "react";
import type { Rows } from "../text/rows.ts";
import { ASK_PARAMETER } from "./ask-link.ts";

interface GoToAskOptions {
  readonly rows: Rows;
  readonly state: LiveSessionState;
  readonly live: LiveSession | null;
  /** Scrolls so that the row at this index is in view. */
  readonly scrollTo: (index: number) => void;
}

/** Older pages fetched on the way; a question further back is given up. */
const MOST_PAGES = 40;
/** Frames until the row is drawn where it was scrolled to. */
const MOST_FRAMES = 30;

export function useGoToAsk({ rows, state, live, scrollTo }: GoToAskOptions): void {
  const target = useSearchParams().get(ASK_PARAMETER);
  const reached = useRef<string | null>(null);
  const pages = useRef(0);
  const { phase, has_older, loading_older } = state;
  useEffect(() => {
    if (target === null || reached.current === target || phase !== "ready") return;
    const index = indexOf(rows, approvalKey(target));
    if (index >= 0) {
      reached.current = target;
      scrollTo(index);
      focusSoon(target, MOST_FRAMES);
    } else if (has_older && !loading_older && pages.current < MOST_PAGES) {
      pages.current += 1;
      live?.loadOlder().catch(() => undefined);
    }
  }, [target, rows, phase, has_older, loading_older, live, scrollTo]);
}

function indexOf(rows: Rows, key: string): number {
  for (let index = rows.count - 1; index >= 0; index -= 1) if (rows.keyAt(index) === key) return index;
  return -1;
}

function focusSoon(approvalId: string, frames: number): void {
  const card = [...document.querySelectorAll<HTMLElement>("[data-ask]")].find((element) => element.dataset.ask === approvalId);
  if (card !== undefined) card.focus({ preventScroll: true });
  else if (frames > 0) requestAnimationFrame(() => focusSoon(approvalId, frames - 1));
}
