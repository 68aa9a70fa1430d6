/** The one connection of this page to its hub, its query cache, and what both do when the sign-in ends. */
"use client";
import { type Client, createClient, createTrpcClient } from "@fairlead/client";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import type { AppRouter } from "../../server/api/trpc/router.ts";
import { goToSignIn } from "../text/next-page.ts";
import { codeOf, mayRetry } from "../text/refusals.ts";

export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();

const HubContext = createContext<Client | null>(null);

/** The client of the hub this page came from. */
export function useHub(): Client {
  const hub = useContext(HubContext);
  if (hub === null) throw new Error("useHub outside of HubProvider");
  return hub;
}

function createQueries(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (codeOf(error) === "UNAUTHENTICATED") goToSignIn();
      },
    }),
    defaultOptions: {
      // The browser's own idea of "online" is a guess; the hub's answer is not.
      queries: { networkMode: "always", staleTime: 5_000, retry: (count, error) => count < 3 && mayRetry(error) },
      mutations: { networkMode: "always", retry: false },
    },
  });
}

export function HubProvider({ children }: { readonly children: ReactNode }) {
  const [hub] = useState(() => createClient({ name: "web" }));
  const [queries] = useState(createQueries);
  const [trpc] = useState(() => createTrpcClient<AppRouter>({ url: window.location.origin }));
  useEffect(() => {
    hub.connect();
    const stopHints = hub.onHint(({ topic }) => {
      queries.invalidateQueries({ queryKey: [[topic]] }).catch(() => undefined);
    });
    return () => {
      stopHints();
      hub.socket.close();
    };
  }, [hub, queries]);
  return (
    <HubContext.Provider value={hub}>
      <QueryClientProvider client={queries}>
        <TRPCProvider trpcClient={trpc} queryClient={queries}>
          {children}
        </TRPCProvider>
      </QueryClientProvider>
    </HubContext.Provider>
  );
}
