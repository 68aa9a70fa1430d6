/** What a person does to sessions from lists and headers; each says so when the hub refuses. */
"use client";
import type { Endpoint, OperationInput } from "@fairlead/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { toast } from "sonner";
import { useTerminalActions } from "../terminal/use-terminal-actions.ts";
import { sayError } from "../text/refusals.ts";
import { useHub, useTRPC } from "./use-hub.tsx";

/** How a session begins, beside its agent. */
export type StartOptions = Pick<OperationInput<"sessions.create">, "worktree" | "native_id"> & {
  /** Its program in a terminal instead of a conversation. */
  readonly terminal?: boolean;
};

/** How one begins with an agent where nothing else is chosen. */
export function usualWay({ capabilities }: Pick<Endpoint, "capabilities">): StartOptions {
  return capabilities.terminal === "only" ? { terminal: true } : {};
}

export interface SessionActions {
  readonly start: (endpointId: string, how?: StartOptions) => void;
  /** The endpoint a session is being started with. */
  readonly starting: string | undefined;
  readonly rename: (sessionId: string, title: string) => void;
  readonly close: (sessionId: string) => void;
}

export function useSessionActions(): SessionActions {
  const hub = useHub();
  const trpc = useTRPC();
  const queries = useQueryClient();
  const router = useRouter();
  const refresh = () => queries.invalidateQueries({ queryKey: trpc.sessions.list.queryKey() });
  const onError = (error: unknown) => {
    toast.error(sayError(error));
  };
  const terminals = useTerminalActions();
  const create = useMutation(
    trpc.sessions.create.mutationOptions({
      onSuccess: (session) => {
        router.push(`/sessions/${session.id}`);
        return refresh();
      },
      onError,
    }),
  );
  const rename = useMutation(
    trpc.sessions.rename.mutationOptions({
      onSuccess: async (session) => {
        // What somebody did themselves is no news to them.
        const onlyThis = session.read_seq >= session.last_seq - 1;
        if (onlyThis) await hub.call("sessions.read", { session_id: session.id, seq: session.last_seq }).catch(() => undefined);
        await refresh();
      },
      onError,
    }),
  );
  const close = useMutation(trpc.sessions.close.mutationOptions({ onSuccess: refresh, onError }));
  return {
    start: (endpointId, { terminal = false, ...how } = {}) => {
      if (terminal) terminals.open({ endpointId });
      else create.mutate({ endpoint_id: endpointId, ...how });
    },
    starting: create.isPending ? create.variables?.endpoint_id : terminals.opening,
    rename: (sessionId, title) => rename.mutate({ session_id: sessionId, title }),
    close: (sessionId) => close.mutate({ session_id: sessionId }),
  };
}
