/** What a session's screen needs to know beyond its log: whose it is, which agent it talks to, how that agent is. */
"use client";
import type { LiveSessionState } from "@fairlead/client";
import type { Endpoint, Profile } from "@fairlead/protocol";
import { useQuery } from "@tanstack/react-query";
import { useTRPC } from "./use-hub.tsx";
import { useEndpoints, useMe } from "./use-lists.ts";

export interface SessionFacts {
  readonly title: string;
  readonly endpointName: string;
  readonly profile: Profile | undefined;
  readonly endpoint: Endpoint | undefined;
  /** Whether the viewer may write and answer. True until the hub says otherwise: the hub checks anyway. */
  readonly mine: boolean;
}

export function useSessionFacts(sessionId: string, state: LiveSessionState): SessionFacts {
  const trpc = useTRPC();
  const session = useQuery(trpc.sessions.get.queryOptions({ session_id: sessionId })).data;
  const endpoints = useEndpoints();
  const me = useMe();
  return {
    // The log knows a new title first.
    title: state.view.state.title === "" ? (session?.title ?? "") : state.view.state.title,
    endpointName: session?.endpoint_name ?? "",
    profile: session?.profile,
    endpoint: endpoints.items.find((endpoint) => endpoint.id === session?.endpoint_id),
    mine: session === undefined || me === undefined || session.user_id === me.id,
  };
}
