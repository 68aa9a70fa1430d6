/** Around a session's timeline: what its question cards need to know, the bar and the sheet that bring them up, and their keys. */
"use client";
import type { LiveSessionState } from "@fairlead/client";
import { type ReactNode, useMemo } from "react";
import { useMe } from "../hooks/use-lists.ts";
import type { SessionFacts } from "../hooks/use-session-facts.ts";
import { AskBar } from "./AskBar.tsx";
import { AskSheet } from "./AskSheet.tsx";
import { type AskStage, AskStageContext } from "./ask-stage.tsx";
import { useAskKeys } from "./use-ask-keys.ts";
import { useAskSheet } from "./use-ask-sheet.ts";

interface SessionAsksProps {
  readonly sessionId: string;
  readonly facts: SessionFacts;
  readonly state: LiveSessionState;
  /** Whether the newest rows, where a question stands that the agent waits on, are in view. */
  readonly atEnd: boolean;
  /** The timeline. */
  readonly children: ReactNode;
}

export function SessionAsks({ sessionId, facts, state, atEnd, children }: SessionAsksProps) {
  const admin = useMe()?.role === "admin";
  const { title, endpointName, endpoint, mine } = facts;
  const machine = endpoint?.runtime_name ?? "";
  const away = endpoint?.status === "offline";
  const stage = useMemo<AskStage>(
    () => ({ session_id: sessionId, origin: { mine, agent: endpointName, machine, session: title, away }, mayAnswer: mine || admin }),
    [sessionId, endpointName, machine, title, away, mine, admin],
  );
  const { open, shown, show, close } = useAskSheet(state.view);
  useAskKeys({ onMissing: show });
  return (
    <AskStageContext value={stage}>
      {children}
      {(!atEnd || open.length > 1) && <AskBar asks={open} onOpen={show} className={atEnd ? "md:hidden" : undefined} />}
      {shown !== null && <AskSheet asks={shown} onClose={close} />}
    </AskStageContext>
  );
}
