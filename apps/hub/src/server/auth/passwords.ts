/** Passwords: argon2id hashes, and a check that takes the same work whether or not the account exists. */

import { AppError } from "@fairlead/protocol";
import { hash, verify } from "@node-rs/argon2";

/** OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane (about 30 ms a check); `Algorithm.Argon2id` is the default. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/**
 * Checks that run and that wait at the same time. Each running one costs a core and 19 MiB, which the allocator of its thread
 * keeps; a flood is refused early.
 */
const MOST_AT_ONCE = 2;
const MOST_WAITING = 64;

let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (waiting.length >= MOST_WAITING)
    throw new AppError("LIMIT_EXCEEDED", "too many sign-ins at the same time; try again", { retryAfter: 2 });
  // A slot is handed over, not freed: `running` falls only when nobody waits, so nobody can jump the queue.
  if (running >= MOST_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

/** The hash to store for a password, with its own salt and cost inside. */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(password, COST));
}

/** A hash that no password has, made with the same cost as real ones. */
let decoy: Promise<string> | undefined;

/** Whether the password fits. `stored` undefined (unknown user) does the same work and says no. */
export async function verifyPassword(stored: string | undefined, password: string): Promise<boolean> {
  decoy ??= hash(crypto.randomUUID(), COST);
  const against = stored ?? (await decoy);
  const fits = await inTurn(() => verify(against, password));
  return fits && stored !== undefined;
}
