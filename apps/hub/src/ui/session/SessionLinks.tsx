/** The truth about both links of a conversation: to the hub, and from the hub to the runtime. */
"use client";
import type { LiveSessionState } from "@fairlead/client";
import { useHub } from "../hooks/use-hub.tsx";
import { useNow } from "../hooks/use-now.ts";
import type { SessionFacts } from "../hooks/use-session-facts.ts";
import { useStore } from "../hooks/use-store.ts";
import { HubBar, LinkBar } from "../shell/HubBar.tsx";
import { runtimeWords } from "../text/connection-words.ts";

interface SessionLinksProps {
  readonly facts: SessionFacts;
  readonly state: LiveSessionState;
}

export function SessionLinks({ facts, state }: SessionLinksProps) {
  const hub = useHub();
  const connected = useStore(hub.socket.status).state === "live";
  const now = useNow(1_000);
  const { endpoint } = facts;
  // Without the hub nothing is known about the runtime: saying anything would be a guess.
  const words = endpoint === undefined || !connected ? undefined : runtimeWords(endpoint, state.view.waiting.length, now);
  return (
    <>
      <HubBar />
      {words !== undefined && <LinkBar words={words} />}
    </>
  );
}
