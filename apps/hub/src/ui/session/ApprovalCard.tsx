/** A question an agent waits on, where it stands in its session's timeline. */
"use client";
import type { ApprovalBlock } from "@fairlead/client";
import { memo, useMemo } from "react";
import { AskCard } from "../approvals/AskCard.tsx";
import { useAskStage } from "../approvals/ask-stage.tsx";
import { cardOfBlock } from "../approvals/card-ask.ts";

export const ApprovalCard = memo(function ApprovalCard({ block }: { readonly block: ApprovalBlock }) {
  const { session_id, origin, mayAnswer } = useAskStage();
  const ask = useMemo(() => cardOfBlock(session_id, block), [session_id, block]);
  return <AskCard ask={ask} origin={origin} mayAnswer={mayAnswer} />;
});
