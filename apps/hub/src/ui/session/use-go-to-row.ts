/** Brings a named row into view once, fetching older pages until it is there: where a link to a part of a session leads. */
"use client";
import type { LiveSession, LiveSessionState } from "@fairlead/client";
import { useEffect, useRef } from "react";
import type { Rows } from "../text/rows.ts";

interface GoToRowOptions {
  /** The row's key; null: there is none to go to. */
  readonly target: string | null;
  readonly rows: Rows;
  readonly state: LiveSessionState;
  readonly live: LiveSession | null;
  /** Scrolls so that the row at this index is in view. */
  readonly scrollTo: (index: number) => void;
}

/** Older pages fetched on the way; a target further back is given up. */
const MOST_PAGES = 40;

export function useGoToRow({ target, rows, state, live, scrollTo }: GoToRowOptions): void {
  const reached = useRef<string | null>(null);
  const pages = useRef(0);
  const { phase, has_older, loading_older } = state;
  useEffect(() => {
    if (target === null || reached.current === target || phase !== "ready") return;
    const index = indexOf(rows, target);
    if (index >= 0) {
      reached.current = target;
      scrollTo(index);
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
