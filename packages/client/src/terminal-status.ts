/** What a view of a terminal knows about it: everything a screen shows besides the bytes. */
import type { TerminalSize, Viewer } from "@fairlead/protocol";
import type { Aside } from "./terminal-typing.ts";

/**
 * `detached`: by choice. `attaching`: the hub is asked, or there is no connection to ask over. `live`: output comes. `away`: the runtime
 * is not connected. `ended`: no program runs. `forbidden`: no such terminal, or the right is gone. `replaced`: the same view was opened
 * elsewhere. `limit`: this client watches as many as it may.
 */
export type TerminalPhase = "detached" | "attaching" | "live" | "away" | "ended" | "forbidden" | "replaced" | "limit";

export interface TerminalStatus {
  readonly state: TerminalPhase;
  /** When it came into this state (this device's clock, ms). */
  readonly since: number;
  /** The hub's words for people, where it gave any with this state. */
  readonly error: string | null;
  /** The run of the program; null: none seen yet. */
  readonly terminal_id: string | null;
  readonly size: TerminalSize | null;
  /** The viewer that holds keys and size; null: nobody, or not known yet. */
  readonly holder: string | null;
  /** Whether this view holds them, as far as it knows. */
  readonly holds: boolean;
  /** Whether this view may hold them at all. */
  readonly may_hold: boolean;
  readonly viewers: readonly Viewer[];
  /** Bytes typed here that the program was not given yet. */
  readonly waiting: number;
  /** Keys that were typed long before this view took the terminal over: they are typed only on a further word. */
  readonly aside: Aside | null;
}

export const FIRST_STATUS: Omit<TerminalStatus, "since" | "holds"> = {
  state: "detached",
  error: null,
  terminal_id: null,
  size: null,
  holder: null,
  may_hold: true,
  viewers: [],
  waiting: 0,
  aside: null,
};

/** States that asking again by itself would not change. */
export const FINAL: ReadonlySet<TerminalPhase> = new Set(["detached", "replaced"]);

export function sameSize(a: TerminalSize | null | undefined, b: TerminalSize | null | undefined): boolean {
  return a?.cols === b?.cols && a?.rows === b?.rows;
}
