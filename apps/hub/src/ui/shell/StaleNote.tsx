/** Marks a list that cannot be renewed: what is shown is what was known then. */
"use client";
import { History } from "lucide-react";
import { useHub } from "../hooks/use-hub.tsx";
import { useNow } from "../hooks/use-now.ts";
import { useStore } from "../hooks/use-store.ts";
import { agoWords } from "../text/time-words.ts";

interface StaleNoteProps {
  /** The last try to renew it failed. */
  readonly stale: boolean;
  /** This device's clock (ms); 0: nothing was ever known. */
  readonly knownAt: number;
}

/** A connection lost for less than this (ms) is not worth a word. */
const QUIET_MS = 2_000;

export function StaleNote({ stale, knownAt }: StaleNoteProps) {
  const hub = useHub();
  const { state, since } = useStore(hub.socket.status);
  useNow(1_000);
  const now = Date.now();
  // Without the live connection no hint would say that something changed.
  const deaf = state !== "live" && now - since > QUIET_MS;
  if (knownAt === 0 || !(stale || deaf)) return null;
  return (
    <p role="status" aria-live="off" className="flex items-center gap-1.5 px-5 pb-2 text-wait text-xs">
      <History aria-hidden className="size-3.5" /> As it was {agoWords(knownAt, now)}
    </p>
  );
}
