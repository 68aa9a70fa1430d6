/** What tells the sessions of a list apart where title and agent do not. */
"use client";
import type { Session } from "@fairlead/protocol";
import { useMemo } from "react";
import { openedMarks } from "../text/opened-marks.ts";

/** `now`: milliseconds since the epoch. */
export function useOpenedMarks(sessions: readonly Session[], now: number): ReadonlyMap<string, string> {
  return useMemo(
    () =>
      openedMarks(
        sessions.map(({ id, title, endpoint_name, created_at }) => ({ id, name: `${title}\n${endpoint_name}`, created_at })),
        now,
      ),
    [sessions, now],
  );
}
