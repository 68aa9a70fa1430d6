/** Leaves: the hub revokes the login, then the browser forgets it. */
"use client";
import { toast } from "sonner";
import { SIGN_IN_PATH } from "../text/next-page.ts";
import { codeOf, sayError } from "../text/refusals.ts";
import { useHub, useTRPCClient } from "./use-hub.tsx";

export function useSignOut(): () => void {
  const hub = useHub();
  const trpc = useTRPCClient();
  return () => {
    const leave = () => {
      hub.socket.close();
      window.location.assign(SIGN_IN_PATH);
    };
    trpc.auth.logout.mutate({}).then(leave, (error: unknown) => {
      // Already signed out is signed out; anything else must be said, or somebody walks away from an open login.
      if (codeOf(error) === "UNAUTHENTICATED") leave();
      else toast.error(`You are still signed in. ${sayError(error)}`);
    });
  };
}
