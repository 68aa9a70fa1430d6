/** Marks a list that could not be renewed: what is shown is what was known then. */
"use client";
import { History } from "lucide-react";
import { useNow } from "../hooks/use-now.ts";
import { agoWords } from "../text/time-words.ts";

interface StaleNoteProps {
  readonly stale: boolean;
  /** This device's clock (ms). */
  readonly knownAt: number;
}

export function StaleNote({ stale, knownAt }: StaleNoteProps) {
  return stale ? <Note knownAt={knownAt} /> : null;
}

function Note({ knownAt }: { readonly knownAt: number }) {
  useNow(5_000);
  return (
    <p role="status" className="flex items-center gap-1.5 px-5 pb-2 text-wait text-xs">
      <History aria-hidden className="size-3.5" /> As it was {agoWords(knownAt, Date.now())}
    </p>
  );
}
