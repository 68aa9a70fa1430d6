/** What a person does with terminals; each says so when the hub refuses. */
"use client";
import type { OperationInput } from "@fairlead/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { toast } from "sonner";
import { useHub, useTRPC } from "../hooks/use-hub.tsx";
import { useMe } from "../hooks/use-lists.ts";
import { sayError } from "../text/refusals.ts";
import { changeTabs, openTabs, ownTabs } from "./open-tabs.ts";
import { type Direction, panesOf, tabOf, without, withSplit, withTab } from "./pane-layout.ts";

interface OpenWhere {
  readonly endpointId: string;
  readonly beside?: { readonly id: string; readonly direction: Direction } | undefined;
}

export interface TerminalActions {
  readonly open: (where: OpenWhere) => void;
  /** The endpoint a terminal is being opened with. */
  readonly opening: string | undefined;
  /** Runs the program of an ended terminal again. */
  readonly again: (sessionId: string) => void;
  /** Ends a terminal and its session. */
  readonly end: (sessionId: string) => void;
  readonly record: (sessionId: string, on: boolean) => void;
}

export function useTerminalActions(): TerminalActions {
  const hub = useHub();
  const trpc = useTRPC();
  const queries = useQueryClient();
  const router = useRouter();
  const userId = useMe()?.id;
  useEffect(() => {
    if (userId !== undefined) ownTabs(userId);
  }, [userId]);
  const refresh = () => queries.invalidateQueries({ queryKey: [["sessions"]] });
  const onError = (error: unknown) => {
    toast.error(sayError(error));
  };
  const ask = useMutation({
    mutationFn: (input: OperationInput<"terminals.open">) => hub.operations["terminals.open"](input),
    onError,
  });
  const open = ({ endpointId, beside }: OpenWhere) =>
    ask.mutate(
      { endpoint_id: endpointId, ...firstSize() },
      {
        onSuccess: (session) => {
          queries.setQueryData(trpc.sessions.get.queryKey({ session_id: session.id }), session);
          changeTabs((tabs) => (beside === undefined ? withTab(tabs, session.id) : withSplit(tabs, session.id, beside)));
          router.push(`/sessions/${session.id}`);
          refresh().catch(() => undefined);
        },
      },
    );
  const end = useMutation({
    mutationFn: (sessionId: string) => hub.operations["terminals.close"]({ session_id: sessionId }),
    onSuccess: refresh,
    onError,
  });
  const record = useMutation({
    mutationFn: (input: OperationInput<"terminals.record">) => hub.operations["terminals.record"](input),
    onError,
  });
  return {
    open,
    opening: ask.isPending ? ask.variables?.endpoint_id : undefined,
    again: (sessionId) => ask.mutate({ session_id: sessionId, ...firstSize() }),
    end: (sessionId) => end.mutate(sessionId),
    record: (sessionId, on) => record.mutate({ session_id: sessionId, on }),
  };
}

/** About the size a pane of this window has: the pane itself asks for its own as soon as it is drawn. */
function firstSize(): { readonly cols: number; readonly rows: number } {
  const wide = window.innerWidth - (window.innerWidth >= 768 ? 340 : 0);
  return {
    cols: Math.max(20, Math.min(250, Math.floor(wide / 8))),
    rows: Math.max(8, Math.min(100, Math.floor((window.innerHeight - 120) / 17))),
  };
}

/** Takes a terminal out of this browser's tabs; returns the one to be shown next. */
export function closeTab(sessionId: string): string | undefined {
  const before = openTabs.get();
  const tab = tabOf(before, sessionId);
  const index = tab === undefined ? -1 : before.indexOf(tab);
  changeTabs((tabs) => without(tabs, sessionId));
  const after = openTabs.get();
  const sibling = tab === undefined ? undefined : panesOf(tab).find((id) => id !== sessionId);
  const next = after[Math.min(Math.max(index, 0), after.length - 1)];
  return sibling ?? (next === undefined ? undefined : panesOf(next)[0]);
}
