/** A session's log as a list of messages: what people wrote, what the agent said with its pieces joined, and what happened. */
import type { Message, SessionEvent } from "@fairlead/protocol";

type EventOf<T extends SessionEvent["type"]> = Extract<SessionEvent, { type: T }>;

/** Events that are a message of their own; deltas are joined instead, and the rest say nothing a reader needs. */
const SINGLE_MESSAGE_TYPES = [
  "message.posted",
  "notice",
  "turn.completed",
  "turn.failed",
  "file.produced",
  "approval.requested",
  "approval.resolved",
  "approval.withdrawn",
] as const satisfies readonly SessionEvent["type"][];

export const MESSAGE_EVENT_TYPES: readonly string[] = SINGLE_MESSAGE_TYPES;

/** The id under which the pieces of a delta's message are joined; a piece without one is a message of its own. */
export function messageIdOf(event: EventOf<"message.delta">): string {
  return event.message_id ?? `event-${event.seq}`;
}

/**
 * Folds events (in order) into messages, sorted by the number of their newest part. Give it all pieces of a message to get
 * it whole.
 */
export function joinMessages(events: Iterable<SessionEvent>): Message[] {
  const joined = new Map<string, { message: Message; pieces: string[] }>();
  const messages: Message[] = [];
  for (const event of events) {
    if (event.type !== "message.delta") {
      const message = singleMessage(event);
      if (message !== undefined) messages.push(message);
      continue;
    }
    const id = messageIdOf(event);
    const known = joined.get(id);
    if (known === undefined) {
      joined.set(id, { message: { ...base(event, id), direction: "agent", channel: event.kind, content: "" }, pieces: [event.text] });
    } else {
      known.message.seq = event.seq;
      known.pieces.push(event.text);
    }
  }
  for (const { message, pieces } of joined.values()) messages.push({ ...message, content: pieces.join("") });
  return messages.sort((a, b) => a.seq - b.seq);
}

function base(event: SessionEvent, id: string) {
  return { id, session_id: event.session_id, seq: event.seq, created_at: new Date(event.at).toISOString() };
}

function singleMessage(event: SessionEvent): Message | undefined {
  if (event.type === "message.posted") {
    return { ...base(event, event.message_id), direction: "user", channel: "stdin", content: event.content };
  }
  const text = describe(event);
  return text === undefined ? undefined : { ...base(event, `event-${event.seq}`), direction: "system", channel: "system", content: text };
}

/** One sentence for a reader without a screen of ours, or undefined where there is nothing to tell. */
function describe(event: SessionEvent): string | undefined {
  switch (event.type) {
    case "notice":
      return event.text;
    case "turn.failed":
      return `${event.error.kind === "expired" ? "Not delivered" : "Failed"}: ${event.error.message}`;
    case "turn.completed":
      return describeEnd(event);
    case "file.produced":
      return `File: ${event.path} (${event.size} bytes)`;
    case "approval.requested":
      return `Waiting for an answer: ${event.title} (${event.options.map((option) => option.id).join(", ")})`;
    case "approval.resolved":
      return `Answered by ${event.by.name}: ${event.option_id}`;
    case "approval.withdrawn":
      return `No answer needed any more: ${event.reason}`;
    default:
      return undefined;
  }
}

/** A turn that ended as it should is silent; one that was stopped, cut short or left with a bad exit code is not. */
function describeEnd(event: EventOf<"turn.completed">): string | undefined {
  if (event.stop_reason === "cancelled") return "Stopped";
  if (event.exit_code !== undefined && event.exit_code !== 0) return `Ended with exit code ${event.exit_code}`;
  return event.stop_reason === "end_turn" ? undefined : `Ended early: ${event.stop_reason}`;
}
