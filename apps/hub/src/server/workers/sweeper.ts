/** The worker that keeps house: it asks the services to sweep, again and again. */
import type { Clock } from "../clock.ts";
import type { Services } from "../services/contract.ts";
import { type Loop, startLoop } from "./loop.ts";

/** How often the hub looks for messages past their deadline and for idle sessions (ms). */
export const SWEEP_EVERY_MS = 5_000;

export interface SweeperOptions {
  readonly services: Pick<Services, "sweep">;
  readonly clock: Clock;
  readonly log: { error(fields: object, text: string): void };
  readonly every_ms?: number;
}

export function startSweeper({ services, clock, log, every_ms = SWEEP_EVERY_MS }: SweeperOptions): Loop {
  return startLoop({
    every_ms,
    run: () => services.sweep(clock.now()),
    failed: (err) => log.error({ err }, "the sweeper failed"),
  });
}
