/** Leads to the sign-in when the hub does not know who is there; the page is remembered, and what was written stays on the device. */
"use client";
import { useEffect } from "react";
import { useHub } from "../hooks/use-hub.tsx";
import { useMe } from "../hooks/use-lists.ts";
import { useStore } from "../hooks/use-store.ts";
import { goToSignIn } from "../text/next-page.ts";

export function SignInGuard() {
  const hub = useHub();
  const { state } = useStore(hub.socket.status);
  // Asks once over HTTP too: its 401 is seen at once, however long the socket takes. The query cache acts on it.
  useMe();
  useEffect(() => {
    if (state === "signed_out") goToSignIn();
  }, [state]);
  return null;
}
