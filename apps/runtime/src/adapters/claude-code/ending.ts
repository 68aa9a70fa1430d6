/** Sees when Claude Code is done with a turn: it must have answered every line of the turn, which one result or several may do. Pure. */
import type { NativeMessage, ResultMessage } from "./wire.ts";

export interface Ending {
  /** A line of the turn was sent under this id. */
  sent(uuid: string): void;
  take(message: NativeMessage): void;
  /** Whether a result is of this turn: it names a line of it, or nothing that says otherwise. */
  isAnsweredBy(result: ResultMessage): boolean;
  /** Whether every line is answered or given up, and by which result. */
  isOver(): boolean;
  result(): ResultMessage | undefined;
}

/**
 * A line that comes while a turn runs is either taken into it between two tool calls, or answered by a result of its own; a result names
 * the lines it answers, and a line that was taken in is reported `completed` before that. Work that nobody asked for (a background
 * command has ended) makes results too: those name an origin and end no turn.
 *
 * Versions that tell neither get one line per turn; there the next result is the end.
 */
export function createEnding(): Ending {
  const open = new Map<string, "sent" | "queued" | "started">();
  const lines = new Set<string>();
  let last: ResultMessage | undefined;
  let isCancelled = false;

  function isAnsweredBy({ user_message_uuids: named, origin }: ResultMessage): boolean {
    if (named === undefined) return typeof origin?.kind !== "string";
    // One that names other lines only belongs to an earlier turn.
    return named.length === 0 || named.some((uuid) => lines.has(uuid));
  }

  function answered(message: ResultMessage): void {
    if (!isAnsweredBy(message)) return;
    const named = message.user_message_uuids;
    if (named !== undefined) for (const uuid of named) open.delete(uuid);
    else for (const [uuid, state] of open) if (state !== "queued") open.delete(uuid);
    last = message;
  }

  return {
    sent(uuid) {
      open.set(uuid, "sent");
      lines.add(uuid);
    },
    isAnsweredBy,
    take(message) {
      if (message.type === "result") answered(message);
      if (message.type !== "command_lifecycle" || !open.has(message.command_uuid)) return;
      const { command_uuid, state } = message;
      if (state === "queued" || state === "started") open.set(command_uuid, state);
      else if (state === "completed" || state === "cancelled") {
        open.delete(command_uuid);
        isCancelled ||= state === "cancelled";
      }
    },
    // One that is completed still has its result to come.
    isOver: () => open.size === 0 && (last !== undefined || isCancelled),
    result: () => last,
  };
}
