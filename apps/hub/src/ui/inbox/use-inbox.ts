/** What waits for a person, and what became of it while they looked: a question answered elsewhere stays in its place and says so. */
"use client";
import type { Approval } from "@fairlead/protocol";
import { useQueries } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTRPC } from "../hooks/use-hub.tsx";
import { type Listing, useWaiting } from "../hooks/use-lists.ts";

export interface InboxGroup {
  readonly session_id: string;
  /** The oldest first. */
  readonly approvals: readonly Approval[];
}

export interface Inbox {
  readonly groups: readonly InboxGroup[];
  readonly open: number;
  readonly list: Listing<Approval>;
}

/** Answered questions that stay on the page; older ones leave first. */
const MOST_SETTLED = 50;

const keyOf = (approval: Approval) => `${approval.session_id}.${approval.approval_id}`;

export function useInbox(scope: "mine" | "all"): Inbox {
  const trpc = useTRPC();
  const list = useWaiting(scope);
  const [seen, setSeen] = useState<readonly Approval[]>([]);
  const open = new Map(list.items.map((approval) => [keyOf(approval), approval]));

  useEffect(() => {
    setSeen((before) => {
      const known = new Set(before.map(keyOf));
      const fresh = list.items.filter((approval) => !known.has(keyOf(approval))).sort(byAge);
      return fresh.length === 0 ? before : [...before, ...fresh];
    });
  }, [list.items]);

  const settled = seen.filter((approval) => !open.has(keyOf(approval))).slice(-MOST_SETTLED);
  const outcomes = useQueries({
    queries: settled.map(({ session_id, approval_id }) =>
      trpc.approvals.get.queryOptions({ session_id, approval_id }, { staleTime: 10_000 }),
    ),
    combine: (results) => results.map(({ data }) => data),
  });
  const known = new Map(outcomes.flatMap((approval) => (approval === undefined ? [] : [[keyOf(approval), approval] as const])));

  const shown = seen.flatMap((approval) => {
    const current = open.get(keyOf(approval)) ?? known.get(keyOf(approval));
    // Until its outcome is fetched it is shown as it was; the card's own state tells if it was answered here.
    if (current !== undefined) return [current];
    return settled.includes(approval) ? [approval] : [];
  });
  return { groups: groupsOf(shown), open: list.items.length, list };
}

function byAge(a: Approval, b: Approval): number {
  return a.requested_at.localeCompare(b.requested_at);
}

/** By session, in the order in which they came onto the page: nothing jumps. */
function groupsOf(approvals: readonly Approval[]): readonly InboxGroup[] {
  const groups = new Map<string, Approval[]>();
  for (const approval of approvals) {
    const group = groups.get(approval.session_id);
    if (group === undefined) groups.set(approval.session_id, [approval]);
    else group.push(approval);
  }
  return [...groups].map(([session_id, members]) => ({ session_id, approvals: members }));
}
