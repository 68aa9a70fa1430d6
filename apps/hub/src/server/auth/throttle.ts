/**
 * Slows down guessing of passwords, per address and per account, in bounded memory. Each attempt takes a token from three
 * buckets; success gives them back. The account's bucket binds only addresses that already failed on that account, so
 * that nobody can lock an owner out who signs in from elsewhere.
 */
import { AppError } from "@fairlead/protocol";
import type { Clock } from "../clock.ts";

export interface Rate {
  /** Attempts in a row before waiting begins. */
  readonly burst: number;
  /** Milliseconds after which one more is allowed. */
  readonly refillMs: number;
}

export interface Buckets {
  /** Seconds to wait, or 0 when a token is there. Takes nothing. */
  wait(key: string): number;
  take(key: string): void;
  giveBack(key: string): void;
  /** Whether this key has fewer tokens than a fresh one. */
  touched(key: string): boolean;
  readonly size: number;
}

/** Token buckets by key; beyond `most` keys the longest unused one is forgotten. */
export function createBuckets(rate: Rate, clock: Clock, most = 20_000): Buckets {
  const buckets = new Map<string, { tokens: number; at: number }>();

  const level = (key: string): number => {
    const bucket = buckets.get(key);
    if (bucket === undefined) return rate.burst;
    return Math.min(rate.burst, bucket.tokens + (clock.now() - bucket.at) / rate.refillMs);
  };
  const store = (key: string, tokens: number): void => {
    buckets.delete(key);
    if (tokens >= rate.burst) return;
    buckets.set(key, { tokens, at: clock.now() });
    const oldest = buckets.size > most ? buckets.keys().next().value : undefined;
    if (oldest !== undefined) buckets.delete(oldest);
  };
  return {
    wait: (key) => (level(key) >= 1 ? 0 : Math.max(1, Math.ceil(((1 - level(key)) * rate.refillMs) / 1_000))),
    take: (key) => store(key, level(key) - 1),
    giveBack: (key) => store(key, level(key) + 1),
    touched: (key) => level(key) < rate.burst,
    get size() {
      return buckets.size;
    },
  };
}

export interface LoginRates {
  readonly address: Rate;
  readonly pair: Rate;
  readonly account: Rate;
}

const LOGIN_RATES: LoginRates = {
  address: { burst: 30, refillMs: 2_000 },
  pair: { burst: 8, refillMs: 15_000 },
  account: { burst: 40, refillMs: 10_000 },
};

export interface LoginThrottle {
  /** Takes a place for one attempt, or throws LIMIT_EXCEEDED with `retryAfter`. */
  attempt(address: string, username: string): void;
  /** The attempt was right: it costs nothing. */
  succeeded(address: string, username: string): void;
}

/** Makes the throttle of sign-ins. */
export function createLoginThrottle(clock: Clock, rates: LoginRates = LOGIN_RATES): LoginThrottle {
  const addresses = createBuckets(rates.address, clock);
  const pairs = createBuckets(rates.pair, clock);
  const accounts = createBuckets(rates.account, clock);

  const keys = (rawAddress: string, username: string) => {
    const address = networkOf(rawAddress);
    const account = username.toLowerCase();
    return { address, account, pair: `${address} ${account}` };
  };
  return {
    attempt: (rawAddress, username) => {
      const { address, account, pair } = keys(rawAddress, username);
      const seconds = Math.max(addresses.wait(address), pairs.wait(pair), pairs.touched(pair) ? accounts.wait(account) : 0);
      if (seconds > 0)
        throw new AppError("LIMIT_EXCEEDED", `too many sign-in attempts; try again in ${seconds} s`, { retryAfter: seconds });
      addresses.take(address);
      pairs.take(pair);
      accounts.take(account);
    },
    succeeded: (rawAddress, username) => {
      const { address, account, pair } = keys(rawAddress, username);
      addresses.giveBack(address);
      pairs.giveBack(pair);
      accounts.giveBack(account);
    },
  };
}

/** What counts as one address: an IPv4 address, or the /64 that one IPv6 subscriber has. */
export function networkOf(address: string): string {
  if (!address.includes(":") || address.startsWith("::ffff:")) return address;
  const [head = "", tail] = address.split("::");
  const left = head.split(":").filter(Boolean);
  const right = tail === undefined ? [] : tail.split(":").filter(Boolean);
  const groups = tail === undefined ? left : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0"), ...right];
  return `${groups.slice(0, 4).join(":")}::/64`;
}
