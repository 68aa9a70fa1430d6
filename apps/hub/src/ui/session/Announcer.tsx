/** Tells people who listen instead of looking: what came, what it asks, how it ended; one sentence each, never each piece. */
"use client";
import type { LiveSessionState } from "@fairlead/client";
import { useEffect, useRef, useState } from "react";
import { announcement } from "../text/announcement.ts";
import { plainText } from "../text/ansi.ts";

interface AnnouncerProps {
  readonly state: LiveSessionState;
  readonly name: string;
}

export function Announcer({ state, name }: AnnouncerProps) {
  const [words, setWords] = useState("");
  /** Nothing of what was there when the screen opened is news. */
  const told = useRef<number | null>(null);
  const { view, phase } = state;
  useEffect(() => {
    if (phase !== "ready") return;
    const since = told.current;
    told.current = view.last;
    if (since === null || since === view.last) return;
    const next = announcement(view, since, name);
    if (next !== "") setWords(plainText(next));
  }, [view, phase, name]);
  return (
    <p aria-live="polite" className="sr-only">
      {words}
    </p>
  );
}
