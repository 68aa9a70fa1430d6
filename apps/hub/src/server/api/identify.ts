/** Who calls an HTTP door, within the rate everybody has. */
import type { IncomingMessage } from "node:http";
import { AppError } from "@fairlead/protocol";
import type { Locate } from "../auth/client-address.ts";
import type { Authenticate } from "../auth/principal.ts";
import { type Buckets, createBuckets, networkOf, type Rate } from "../auth/throttle.ts";
import type { Clock } from "../clock.ts";
import { ANONYMOUS, type Principal } from "../domain/principal.ts";
import type { RequestFacts } from "../services/contract.ts";

export interface RequestRates {
  /** Calls of one signed-in user. */
  readonly user: Rate;
  /** Calls without valid credentials from one address. */
  readonly stranger: Rate;
}

/** Generous: they stop a loop gone wild, not a busy person or script. */
const REQUEST_RATES: RequestRates = { user: { burst: 1_000, refillMs: 5 }, stranger: { burst: 300, refillMs: 20 } };

export interface Caller {
  readonly principal: Principal;
  readonly facts: RequestFacts;
}

export interface Identify {
  /** Throws UNAUTHENTICATED, FORBIDDEN or LIMIT_EXCEEDED. */
  caller(request: IncomingMessage): Promise<Caller>;
  /** For what needs no credentials: wrong ones do no harm there. Throws LIMIT_EXCEEDED. */
  stranger(request: IncomingMessage): Caller;
}

export interface IdentifyOptions {
  readonly authenticate: Authenticate;
  readonly locate: Locate;
  readonly clock: Clock;
  readonly rates?: RequestRates | undefined;
}

export function createIdentify({ authenticate, locate, clock, rates = REQUEST_RATES }: IdentifyOptions): Identify {
  const users = createBuckets(rates.user, clock);
  const strangers = createBuckets(rates.stranger, clock);

  function stranger(request: IncomingMessage): Caller {
    const { address } = locate(request);
    charge(strangers, networkOf(address));
    return { principal: ANONYMOUS, facts: { address } };
  }
  return {
    stranger,
    caller: async (request) => {
      const principal = await authenticate(request).catch((refusal: unknown) => {
        stranger(request);
        throw refusal;
      });
      if (principal.kind !== "user") return stranger(request);
      charge(users, principal.user_id);
      return { principal, facts: { address: locate(request).address } };
    },
  };
}

function charge(buckets: Buckets, key: string): void {
  const seconds = buckets.wait(key);
  if (seconds > 0) throw new AppError("LIMIT_EXCEEDED", `too many requests; try again in ${seconds} s`, { retryAfter: seconds });
  buckets.take(key);
}
