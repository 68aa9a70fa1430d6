/** The hub's tRPC router for scripts. Its type comes from the hub, so it is a parameter here: packages never import apps. */
import { createTRPCClient, httpBatchLink, type TRPCClient } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";

export interface TrpcOptions {
  /** The hub's address with its sub-path, without a slash at the end. */
  readonly url: string;
  readonly token?: string | undefined;
}

/** `createTrpcClient<AppRouter>({ url, token })`. */
export function createTrpcClient<R extends AnyTRPCRouter>({ url, token }: TrpcOptions): TRPCClient<R> {
  const link = httpBatchLink({
    url: `${url}/api/trpc`,
    // As many as the hub takes in one batch; more are split.
    maxItems: 50,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    // The hub speaks plain JSON. The condition on the router's transformer cannot be decided for a type parameter.
  } as Parameters<typeof httpBatchLink<AnyTRPCRouter>>[0]);
  return createTRPCClient<R>({ links: [link as ReturnType<typeof httpBatchLink<R>>] });
}
