/** Opens the session that the address names; another address is another screen with a state of its own. */
"use client";
import type { Session } from "@fairlead/protocol";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "next/navigation";
import { lazyPart } from "../components/lazy-part.tsx";
import { useTRPC } from "../hooks/use-hub.tsx";
import { SessionScreen } from "../session/SessionScreen.tsx";

/** Terminals bring a program of their own, which no conversation needs. */
const TerminalScreen = lazyPart(() => import("../terminal/TerminalScreen.tsx").then((module) => module.TerminalScreen));

export function SessionRoute() {
  const { sessionId } = useParams<{ sessionId: string }>();
  const id = decodeURIComponent(sessionId);
  const kind = useKind(id);
  // One screen for all terminals: its tabs and panes stay while one goes from one to the other.
  return kind === "terminal" ? <TerminalScreen sessionId={id} /> : <SessionScreen key={id} sessionId={id} />;
}

/** From the session itself, or from a list that has it already. */
function useKind(sessionId: string): Session["kind"] | undefined {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const session = useQuery(trpc.sessions.get.queryOptions({ session_id: sessionId })).data;
  if (session !== undefined) return session.kind;
  const lists = queries.getQueriesData<readonly Session[]>({ queryKey: trpc.sessions.list.queryKey() });
  return lists.flatMap(([, list]) => list ?? []).find(({ id }) => id === sessionId)?.kind;
}
