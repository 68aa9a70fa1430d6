/** Leaves: the hub revokes the login, then the browser forgets it. */
"use client";
import { toast } from "sonner";
import { goToSignIn } from "../text/next-page.ts";
import { codeOf, sayError } from "../text/refusals.ts";
import { useHub, useTRPCClient } from "./use-hub.tsx";

export function useSignOut(): () => void {
  const hub = useHub();
  const trpc = useTRPCClient();
  return () => {
    // The hub ends the sockets of a revoked login before it answers: closed here, this page leaves once, and for no page of its own.
    hub.socket.close();
    const leave = () => goToSignIn("/");
    trpc.auth.logout.mutate({}).then(leave, (error: unknown) => {
      // Already signed out is signed out; anything else must be said, or somebody walks away from an open login.
      if (codeOf(error) === "UNAUTHENTICATED") leave();
      else {
        hub.connect();
        toast.error(`You are still signed in. ${sayError(error)}`);
      }
    });
  };
}
