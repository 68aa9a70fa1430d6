/** What a card in a timeline cannot know from its block: whose session it stands in, and whether the viewer may answer. */
"use client";
import { createContext, useContext } from "react";
import type { AskOrigin } from "./card-ask.ts";

export interface AskStage {
  readonly session_id: string;
  readonly origin: AskOrigin;
  readonly mayAnswer: boolean;
}

export const AskStageContext = createContext<AskStage | null>(null);

export function useAskStage(): AskStage {
  const stage = useContext(AskStageContext);
  if (stage === null) throw new Error("a question outside of a session's screen");
  return stage;
}
