/** What is written and not sent, per session; a reload brings it back. */
"use client";
import { useCallback, useState } from "react";
import { useHub } from "./use-hub.tsx";

export function useDraft(sessionId: string): readonly [string, (text: string) => void] {
  const { drafts } = useHub();
  const [text, setText] = useState(() => drafts.get(sessionId));
  const change = useCallback(
    (next: string) => {
      setText(next);
      drafts.set(sessionId, next);
    },
    [drafts, sessionId],
  );
  return [text, change];
}
