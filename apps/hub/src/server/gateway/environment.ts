/** What every connection of the gateway is given. */
import type { Logger } from "pino";
import type { Bus } from "../bus/bus.ts";
import type { Services } from "../services/contract.ts";
import type { Fanout } from "./fanout.ts";
import type { GatewayLimits } from "./limits.ts";
import type { TerminalRelay } from "./terminal-relay.ts";

export type GatewayLog = Pick<Logger, "debug" | "info" | "warn" | "error">;

export interface Environment {
  readonly services: Services;
  readonly bus: Bus;
  readonly log: GatewayLog;
  readonly limits: GatewayLimits;
  readonly fanout: Fanout;
  readonly relay: TerminalRelay;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Keeps a promise until it settles, so that a closing gateway can wait for work under way; it must not reject. */
  readonly track: (work: Promise<void>) => void;
}
