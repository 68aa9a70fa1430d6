/** What one agent says becomes numbered events: joined, cut at the limit, and stamped with turn and message ids. */
import { randomUUID } from "node:crypto";
import {
  type AgentEvent,
  agentEventSchema,
  describeIssues,
  MAX_DELTA_CHARS,
  type MessageKind,
  type RuntimeEvent,
} from "@fairlead/protocol";
import { createCoalescer, wholeEnd } from "./coalesce.ts";

export interface TurnOutput {
  emit(event: AgentEvent): void;
  /** From now on events belong to this turn (or to none), and its output counts from zero. */
  begin(turnId: string | undefined): void;
  /** Sends what waits and says how much was cut since `begin`. Called before the turn's last event. */
  finish(): void;
  /** An event of the session host's own, after everything the agent said before it. */
  insert(event: RuntimeEvent): void;
}

export interface TurnOutputOptions {
  /** Most output between two `begin`s (bytes of text). */
  readonly max_output_bytes: number;
  record(event: RuntimeEvent): void;
}

export function createTurnOutput({ max_output_bytes, record }: TurnOutputOptions): TurnOutput {
  let turnId: string | undefined;
  let used = 0;
  let cut = 0;
  let messageId = "";
  let messageKind: MessageKind | undefined;

  const coalescer = createCoalescer((kind, text) => {
    if (kind !== messageKind) {
      messageKind = kind;
      messageId = randomUUID();
    }
    record({ type: "message.delta", turn_id: turnId, message_id: messageId, kind, text });
  });

  function insert(event: RuntimeEvent): void {
    coalescer.flush();
    messageKind = undefined;
    record(event);
  }

  function emitText(kind: MessageKind, text: string): void {
    const bytes = Buffer.byteLength(text);
    if (used + bytes <= max_output_bytes) {
      used += bytes;
      coalescer.push(kind, text);
      return;
    }
    const fits = cut > 0 ? "" : firstBytes(text, max_output_bytes - used);
    const kept = Buffer.byteLength(fits);
    used += kept;
    cut += bytes - kept;
    coalescer.push(kind, fits);
  }

  return {
    insert,
    emit(event) {
      if (event.type === "message.delta") {
        emitText(event.kind, event.text);
        return;
      }
      const checked = agentEventSchema.safeParse(event.type === "notice" ? { ...event, text: clip(event.text) } : event);
      if (!checked.success) {
        const text = `An event of the agent could not be used (${event.type}): ${describeIssues(checked.error)}`;
        insert({ type: "notice", turn_id: turnId, level: "warning", code: "unknown_message", text: clip(text) });
        return;
      }
      // Notices and files are output too: an agent that floods with them meets the same limit.
      if (event.type === "notice" || event.type === "file.produced") {
        const bytes = Buffer.byteLength(JSON.stringify(event));
        if (used + bytes > max_output_bytes) {
          cut += bytes;
          return;
        }
        used += bytes;
      }
      insert({ ...checked.data, turn_id: turnId });
    },
    begin(nextTurnId) {
      coalescer.flush();
      messageKind = undefined;
      turnId = nextTurnId;
      used = 0;
      cut = 0;
    },
    finish() {
      coalescer.flush();
      if (cut === 0) return;
      const text = `${cut} bytes of output were cut: one turn may put out ${max_output_bytes} bytes (max_output_bytes).`;
      insert({ type: "notice", turn_id: turnId, level: "warning", code: "output_cut", text });
      cut = 0;
    },
  };
}

function clip(text: string): string {
  return text.length <= MAX_DELTA_CHARS ? text : text.slice(0, wholeEnd(text, MAX_DELTA_CHARS));
}

/** The longest beginning of a text that has at most this many bytes and ends with a whole character. */
function firstBytes(text: string, limit: number): string {
  if (limit <= 0) return "";
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  let end = limit;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end);
}
