/** The commands that carry nothing but an id, as decisions store them. */
import { randomUUID } from "node:crypto";
import type { NewCommand } from "../storage/contract.ts";

/** Asks a runtime to stop a turn. For a turn it does not know, or that has ended, it does nothing. */
export function cancelCommand(sessionId: string, turnId: string): NewCommand {
  return { command: { id: randomUUID(), session_id: sessionId, kind: "turn.cancel", turn_id: turnId } };
}

/** Asks a runtime to end a session's agent and all of its turns. */
export function closeCommand(sessionId: string): NewCommand {
  return { command: { id: randomUUID(), session_id: sessionId, kind: "session.close" } };
}
