/** What a draft of a rule would have done lately; the answer belongs to exactly the draft it was asked for. */
"use client";
import type { OperationOutput, RuleDraft } from "@fairlead/protocol";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useHub } from "../hooks/use-hub.tsx";

export interface RehearsalState {
  /** Undefined until the rehearsal of this very draft is there. */
  readonly result: OperationOutput<"rules.rehearse"> | undefined;
  readonly pending: boolean;
  readonly error: unknown;
  readonly again: () => void;
}

/** Typing pauses this long (ms) before the hub is asked. */
const PAUSE_MS = 350;

/** `ruleId`: the rule that the draft is to replace. */
export function useRehearsal(draft: RuleDraft | undefined, ruleId: string | undefined): RehearsalState {
  const hub = useHub();
  // A note decides nothing.
  const wanted = draft === undefined ? "" : JSON.stringify({ ...draft, note: "" });
  const [asked, setAsked] = useState(wanted);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(wanted), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  const query = useQuery({
    queryKey: ["rehearsal", ruleId ?? "", asked],
    queryFn: () =>
      hub.operations["rules.rehearse"]({ draft: JSON.parse(asked) as RuleDraft, ...(ruleId === undefined ? {} : { rule_id: ruleId }) }),
    enabled: asked !== "",
    staleTime: 60_000,
  });
  const current = asked === wanted && wanted !== "";
  return {
    result: current ? query.data : undefined,
    pending: wanted !== "" && (!current || query.isFetching),
    error: current ? query.error : null,
    again: () => {
      query.refetch().catch(() => undefined);
    },
  };
}
