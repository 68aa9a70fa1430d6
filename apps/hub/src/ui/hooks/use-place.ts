/** Where a session's agent is and works, kept the same object while nothing of it changes. */
"use client";
import { type MessageExtras, messageOf, type SessionView } from "@fairlead/client";
import { useCallback, useMemo, useRef } from "react";
import type { SessionPlace } from "../session/session-place.ts";
import type { SessionFacts } from "./use-session-facts.ts";

interface PlaceOf {
  readonly sessionId: string;
  readonly facts: SessionFacts;
  readonly view: SessionView;
  /** Absent where the viewer may not write. */
  readonly onAgain: ((content: string, extras: MessageExtras) => void) | undefined;
}

export function usePlace({ sessionId, facts, view, onAgain }: PlaceOf): SessionPlace {
  const latest = useRef({ view, onAgain });
  latest.current = { view, onAgain };
  const retry = useCallback((turnId: string) => {
    const message = messageOf(latest.current.view, turnId);
    if (message !== undefined) latest.current.onAgain?.(message.content, { attachments: message.attachments });
  }, []);
  const { config, work_dir } = view.state;
  const machine = facts.endpoint?.runtime_name ?? "";
  const agentName = facts.endpointName;
  const mayWrite = onAgain !== undefined;
  return useMemo(() => {
    const names = new Map<string, string>();
    for (const { id, name, values } of config) {
      names.set(id, name.toLowerCase());
      for (const value of values) names.set(`${id}/${value.id}`, value.name);
    }
    return { sessionId, agentName, machine, workDir: work_dir, names, retry: mayWrite ? retry : undefined };
  }, [sessionId, agentName, machine, work_dir, config, mayWrite, retry]);
}
