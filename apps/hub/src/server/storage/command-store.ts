/** The command store: what runtimes are asked to do, and how far they are with it. States only move forward. */
import type { RuntimeCommand } from "@fairlead/protocol";
import type { CommandState, CommandStore } from "./contract.ts";
import type { CommandEngine } from "./log-engine.ts";
import { storable } from "./log-rows.ts";

/** From which states an acknowledgement may move a command. */
const BEFORE: Readonly<Record<"delivered" | "applied" | "failed", readonly CommandState[]>> = {
  delivered: ["stored"],
  applied: ["stored", "delivered"],
  failed: ["stored", "delivered"],
};

/** Makes the store; `now` is in milliseconds since the epoch. */
export function createCommandStore(engine: CommandEngine, now: () => number): CommandStore {
  return {
    async pending(runtimeId, { after, limit }) {
      const rows = await engine.pending({ runtimeId, after, limit, now: now() });
      return rows.map(({ ordinal, data }) => ({ ordinal, command: parse(data) }));
    },
    async find(runtimeId, id) {
      const row = await engine.command(runtimeId, id);
      return row === undefined ? undefined : parse(row.data);
    },
    async acknowledge(runtimeId, id, state, error) {
      const change = { runtimeId, id, from: BEFORE[state], to: state, error: error === undefined ? null : storable(error) };
      const row = (await engine.move(change)) ?? (await engine.command(runtimeId, id));
      return row === undefined ? undefined : parse(row.data);
    },
    async expire(at, limit) {
      return (await engine.expire(at, limit)).map(parse);
    },
    async overdue(at, limit) {
      return (await engine.overdue(at, limit)).map(parse);
    },
  };
}

/** The text was written by this store from a checked command. */
function parse(data: string): RuntimeCommand {
  return JSON.parse(data) as RuntimeCommand;
}
