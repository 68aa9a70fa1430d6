/** A question in the inbox: the same card as in its session, and the way there. */
"use client";
import type { Approval } from "@fairlead/protocol";
import { ArrowUpRight } from "lucide-react";
import Link from "next/link";
import { memo, useMemo } from "react";
import { AskCard } from "../approvals/AskCard.tsx";
import { askLink } from "../approvals/ask-link.ts";
import { cardOfApproval } from "../approvals/card-ask.ts";
import { useMe } from "../hooks/use-lists.ts";

interface InboxCardProps {
  readonly approval: Approval;
  /** Its machine cannot be reached. */
  readonly away: boolean;
}

export const InboxCard = memo(function InboxCard({ approval, away }: InboxCardProps) {
  const ask = useMemo(() => cardOfApproval(approval), [approval]);
  const { endpoint_name, runtime_name, session_title } = approval;
  const me = useMe()?.id;
  const mine = me !== undefined && me === approval.user_id;
  const origin = useMemo(
    () => ({ mine, agent: endpoint_name, machine: runtime_name, session: session_title, away }),
    [mine, endpoint_name, runtime_name, session_title, away],
  );
  return (
    <AskCard
      ask={ask}
      origin={origin}
      mayAnswer
      aside={
        <Link
          href={askLink(approval)}
          aria-label={`Show this in “${session_title}”`}
          title="Show it in its session"
          className="-mt-2.5 -mr-2 inline-flex size-11 shrink-0 items-center justify-center rounded-lg text-muted-foreground hover:bg-accent hover:text-accent-foreground md:-mt-1.5 md:-mr-1 md:size-8"
        >
          <ArrowUpRight aria-hidden className="size-4" />
        </Link>
      }
    />
  );
});
