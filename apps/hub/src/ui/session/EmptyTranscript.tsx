/** A conversation before its first word, and one that is still being fetched. */
"use client";
import type { ReactNode } from "react";
import { Skeleton } from "../components/skeleton.tsx";
import type { SessionFacts } from "../hooks/use-session-facts.ts";
import { profileLook } from "../shell/profile-look.ts";

const HINTS = {
  "generic-cli": "What you write goes to its input, line by line; what it prints appears here.",
  "generic-job": "Each message runs the job once and shows its output and exit code.",
  "generic-http": "Each message is one request; the answer appears as it arrives.",
  "generic-external": "Say something to begin.",
  "claude-code": "Say what it should do in its folder.",
  codex: "Say what it should do in its folder.",
  pi: "Say what it should do in its folder.",
  acp: "Say what it should do in its folder.",
  terminal: "Its screen appears here.",
} as const;

export function EmptyTranscript({ facts }: { readonly facts: SessionFacts }) {
  if (facts.profile === undefined) return null;
  const { Icon, word } = profileLook(facts.profile);
  return (
    <div className="flex flex-col items-center px-6 pt-[12vh] pb-8 text-center">
      <span className="inline-flex size-14 items-center justify-center rounded-2xl bg-accent text-accent-foreground">
        <Icon aria-hidden className="size-7" strokeWidth={1.5} />
      </span>
      <h2 className="mt-4 font-semibold text-lg">{facts.endpointName}</h2>
      <p className="text-muted-foreground text-sm">{word}</p>
      <p className="mt-3 max-w-xs text-sm">{HINTS[facts.profile]}</p>
    </div>
  );
}

interface LoadingTranscriptProps {
  readonly connected: boolean;
  /** What this device holds of the conversation: messages that were not sent yet. */
  readonly children: ReactNode;
}

/** Pulses only while something is being fetched; without a connection it says that nothing is. */
export function LoadingTranscript({ connected, children }: LoadingTranscriptProps) {
  return (
    <section aria-label="Conversation" aria-busy={connected} className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto flex max-w-3xl flex-col gap-5 px-3 py-8 md:px-6">
        {connected ? (
          <div role="status" aria-label="Loading the conversation" className="flex flex-col gap-5">
            <Skeleton className="h-11 w-2/5 self-end rounded-2xl" />
            <Skeleton className="h-24 w-full" />
            <Skeleton className="h-11 w-1/3 self-end rounded-2xl" />
            <Skeleton className="h-40 w-full" />
          </div>
        ) : (
          <p className="py-10 text-center text-muted-foreground text-sm">The conversation is shown when the hub can be reached.</p>
        )}
        {children}
      </div>
    </section>
  );
}
