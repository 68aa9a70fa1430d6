/** The tRPC door: its node handler, mounted before Next, which halves the latency of a route handler. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import type { Services } from "../../services/contract.ts";
import type { Identify } from "../identify.ts";
import { MAX_BODY_BYTES } from "../respond.ts";
import { createAppRouter, refusalOf } from "./router.ts";

export const TRPC_PREFIX = "/api/trpc/";
/** Calls in one batch. More would hold up everybody: one URL has room for thousands. */
export const MAX_BATCH = 50;

export interface TrpcOptions {
  readonly services: Services;
  readonly identify: Identify;
  /** Told of what is not a refusal, i.e. a bug. */
  readonly onFailure: (error: unknown) => void;
}

export function createTrpc({ services, identify, onFailure }: TrpcOptions): (request: IncomingMessage, response: ServerResponse) => void {
  return createHTTPHandler({
    router: createAppRouter(),
    basePath: TRPC_PREFIX,
    maxBodySize: MAX_BODY_BYTES,
    maxBatchSize: MAX_BATCH,
    createContext: async ({ req, res }) => ({ request: req, response: res, services, identify }),
    onError: ({ error }) => {
      if (refusalOf(error).code === "INTERNAL") onFailure(error.cause ?? error);
    },
    responseMeta: ({ errors }) => {
      const seconds = errors.map((error) => refusalOf(error).retryAfter ?? 0);
      const longest = Math.max(0, ...seconds);
      return { headers: new Headers({ "cache-control": "no-store", ...(longest > 0 ? { "retry-after": String(longest) } : {}) }) };
    },
  });
}
