/** Which questions the sheet of a session shows: those that were open when it was opened, and what becomes of them. */
"use client";
import type { ApprovalBlock, SessionView } from "@fairlead/client";
import { useMemo, useState } from "react";
import { openAsks } from "./open-asks.ts";

export interface AskSheetState {
  /** The questions that wait now, oldest first. */
  readonly open: readonly ApprovalBlock[];
  /** What the sheet shows; null: it is closed. */
  readonly shown: readonly ApprovalBlock[] | null;
  readonly show: () => void;
  readonly close: () => void;
}

export function useAskSheet(view: SessionView): AskSheetState {
  const [ids, setIds] = useState<readonly string[] | null>(null);
  const open = useMemo(() => openAsks(view), [view]);
  const shown = useMemo(() => {
    if (ids === null) return null;
    const all = [...ids, ...open.map((block) => block.id).filter((id) => !ids.includes(id))];
    const blocks = new Map<string, ApprovalBlock>();
    for (const block of view.blocks) if (block.type === "approval" && all.includes(block.id)) blocks.set(block.id, block);
    return all.flatMap((id) => blocks.get(id) ?? []);
  }, [ids, open, view]);
  return {
    open,
    shown,
    show: () => {
      if (open.length > 0) setIds(open.map((block) => block.id));
    },
    close: () => setIds(null),
  };
}
