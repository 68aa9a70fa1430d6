/** Opens the session that the address names; another address is another screen with a state of its own. */
"use client";
import { useParams } from "next/navigation";
import { SessionScreen } from "../session/SessionScreen.tsx";

export function SessionRoute() {
  const { sessionId } = useParams<{ sessionId: string }>();
  const id = decodeURIComponent(sessionId);
  return <SessionScreen key={id} sessionId={id} />;
}
