/** A question of an agent: who asks, since when, all that is asked, and the answers; later, what became of it. */
"use client";
import { ShieldQuestionMark } from "lucide-react";
import { memo, type ReactNode } from "react";
import { cn } from "../cn.ts";
import { useNow } from "../hooks/use-now.ts";
import { commandOf, wantsWords } from "../text/ask-words.ts";
import { clockWords, roughWords } from "../text/time-words.ts";
import { AskActions } from "./AskActions.tsx";
import { AskBody, Fold } from "./AskBody.tsx";
import { AskOutcome } from "./AskOutcome.tsx";
import type { AskOrigin, CardAsk } from "./card-ask.ts";

interface AskCardProps {
  readonly ask: CardAsk;
  readonly origin: AskOrigin;
  readonly mayAnswer: boolean;
  /** `sheet`: the answers stay in reach while the rest scrolls. */
  readonly place?: "card" | "sheet";
  /** Beside the headline, e.g. a way to the session. */
  readonly aside?: ReactNode;
}

export const AskCard = memo(function AskCard({ ask, origin, mayAnswer, place = "card", aside }: AskCardProps) {
  const open = ask.status === "open";
  const sheet = place === "sheet";
  const answers = mayAnswer ? (
    <AskActions key={ask.approval_id} ask={ask} origin={origin} />
  ) : (
    <p className="text-muted-foreground text-sm">Only the session's owner and admins may answer.</p>
  );
  return (
    <section
      aria-label={open ? "The agent asks for approval" : "Approval"}
      tabIndex={-1}
      data-ask={ask.approval_id}
      data-ask-open={open ? "" : undefined}
      className={cn(
        "flex min-w-0 flex-col outline-offset-2",
        sheet ? "min-h-0 flex-1" : "rounded-xl border bg-card p-3.5 md:p-4",
        open && !sheet && "border-wait/70 shadow-sm ring-1 ring-wait/30",
      )}
    >
      <div className={cn("flex min-w-0 flex-col gap-2.5", sheet && "min-h-0 overflow-y-auto overscroll-contain px-4 pb-4")}>
        <Headline ask={ask} origin={origin} aside={aside} />
        {open || sheet ? (
          <AskBody ask={ask} />
        ) : (
          <>
            <AskOutcome ask={ask} origin={origin} />
            <Fold title="What was asked">
              <AskBody ask={ask} />
            </Fold>
          </>
        )}
      </div>
      {(open || sheet) && (
        <div className={cn("pt-3", sheet && "border-t bg-popover px-4 pb-[max(1rem,env(safe-area-inset-bottom))]")}>
          {open ? answers : <AskOutcome ask={ask} origin={origin} />}
        </div>
      )}
    </section>
  );
});

type HeadlineProps = Pick<AskCardProps, "ask" | "origin" | "aside">;

function Headline({ ask, origin, aside }: HeadlineProps) {
  const open = ask.status === "open";
  const agent = origin.agent === "" ? "The agent" : origin.agent;
  return (
    <header className="flex items-start gap-3">
      <ShieldQuestionMark aria-hidden className={cn("mt-0.5 size-5 shrink-0", open ? "text-wait" : "text-muted-foreground")} />
      <div className="min-w-0 flex-1">
        <p className="text-sm [overflow-wrap:anywhere]">
          <span className="font-semibold">{agent}</span> {wantsWords(ask)}
        </p>
        {!(open && ask.title.trim() === commandOf(ask.subject)?.trim()) && (
          <h3 className="mt-0.5 font-medium text-sm [overflow-wrap:anywhere]">{ask.title}</h3>
        )}
        <p className="mt-1 flex flex-wrap gap-x-1.5 text-muted-foreground text-xs">
          {aside !== undefined && !open && (
            <>
              <span className="[overflow-wrap:anywhere]">{origin.session}</span>
              <span aria-hidden>·</span>
            </>
          )}
          {origin.machine !== "" && (
            <>
              <span>{origin.machine}</span>
              <span aria-hidden>·</span>
            </>
          )}
          <span className="font-mono">{ask.tool}</span>
          <span aria-hidden>·</span>
          {open ? <Waiting at={ask.at} expiresAt={ask.expires_at} /> : <span>asked at {clockWords(ask.at)}</span>}
        </p>
      </div>
      {aside}
    </header>
  );
}

function Waiting({ at, expiresAt }: { readonly at: number; readonly expiresAt: number | null }) {
  const now = useNow(1_000);
  return (
    <span className="text-wait tabular-nums">
      waiting for you for {roughWords(now - at)}
      {expiresAt !== null && `, denied in ${roughWords(expiresAt - now)} if nobody answers`}
    </span>
  );
}
