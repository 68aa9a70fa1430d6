/** Answering one question: what was chosen here and how far it got; the hub alone decides what holds. */
"use client";
import type { AnswerEntry, AskPlace, GivenAnswer } from "@fairlead/client";
import { useCallback, useMemo } from "react";
import { useHub } from "../hooks/use-hub.tsx";
import { useStore } from "../hooks/use-store.ts";
import type { CardAsk } from "./card-ask.ts";

export interface Answering {
  /** The answer given on this device, until the log tells what became of the question. */
  readonly entry: AnswerEntry | undefined;
  /** An answer is on its way or arrived: no second one is taken. */
  readonly locked: boolean;
  readonly give: (optionId: string, said?: Pick<GivenAnswer, "reason" | "answers">) => void;
  readonly takeBack: () => void;
}

export function useAnswering(ask: CardAsk): Answering {
  const { answers } = useHub();
  const { session_id, approval_id, input_hash } = ask;
  const place = useMemo<AskPlace>(() => ({ session_id, approval_id }), [session_id, approval_id]);
  const entry = useStore(answers.entries).find((item) => item.approval_id === approval_id && item.session_id === session_id);
  const give = useCallback<Answering["give"]>(
    (optionId, said = {}) => {
      answers.give(place, { option_id: optionId, ...said, ...(input_hash === null ? {} : { input_hash }) });
    },
    [answers, place, input_hash],
  );
  const takeBack = useCallback(() => {
    answers.takeBack(place);
  }, [answers, place]);
  return { entry, locked: entry !== undefined && entry.state !== "refused", give, takeBack };
}
