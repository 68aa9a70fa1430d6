/** What one agent says becomes numbered events: joined, cut at the limit, and stamped with turn and message ids. */
import { randomUUID } from "node:crypto";
import { type AgentEvent, agentEventSchema, describeIssues, type MessageKind, type RuntimeEvent } from "@fairlead/protocol";
import { clipText } from "../process/text.ts";
import { createCoalescer } from "./coalesce.ts";
import { fitEvent } from "./fit-event.ts";

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
  /** What the agent said beside its text, in its place among that; passed on by `insert` or dropped. */
  route(event: RuntimeEvent): void;
  /** An approval that breaks the schema: nobody can be asked, but the agent waits. `rejection`: an option of it that says no. */
  onUnusable(approvalId: string, rejection: string | undefined): void;
}

/** A stream of text within the output: a voice of the agent or of one of its sub-agents, or a call's live output. */
type TextStream =
  | { readonly type: "message"; readonly kind: MessageKind; readonly parent: string | undefined }
  | { readonly type: "tool"; readonly tool_call_id: string };

/** Sub-agents that speak at once; of more, some words may be shown in several pieces. */
const MAX_SPEAKERS = 100;

export function createTurnOutput({ max_output_bytes, record, route, onUnusable }: TurnOutputOptions): TurnOutput {
  let turnId: string | undefined;
  let used = 0;
  let cut = 0;
  /** The message that each speaker is in, by the call of the sub-agent that speaks ("": the agent itself). */
  const speaking = new Map<string, { readonly id: string; readonly kind: MessageKind }>();

  const coalescer = createCoalescer<TextStream>((stream, text) => {
    if (stream.type === "tool") {
      speaking.clear();
      record({ type: "tool.delta", turn_id: turnId, tool_call_id: stream.tool_call_id, text });
      return;
    }
    const parent = stream.parent === undefined ? {} : { parent_tool_call_id: stream.parent };
    record({ type: "message.delta", turn_id: turnId, message_id: messageOf(stream), kind: stream.kind, text, ...parent });
  }, isSameStream);

  function messageOf({ kind, parent = "" }: Extract<TextStream, { type: "message" }>): string {
    const known = speaking.get(parent);
    if (known?.kind === kind) return known.id;
    if (speaking.size >= MAX_SPEAKERS) speaking.clear();
    const id = randomUUID();
    speaking.set(parent, { id, kind });
    return id;
  }

  function insert(event: RuntimeEvent): void {
    coalescer.flush();
    // What a sub-agent does stands in its own fold and cuts nobody else's words in two.
    if ("parent_tool_call_id" in event && event.parent_tool_call_id !== undefined) speaking.delete(event.parent_tool_call_id);
    else speaking.clear();
    record(event);
  }

  function emitText(stream: TextStream, text: string): void {
    const bytes = Buffer.byteLength(text);
    if (used + bytes <= max_output_bytes) {
      used += bytes;
      coalescer.push(stream, text);
      return;
    }
    const fits = cut > 0 ? "" : firstBytes(text, max_output_bytes - used);
    const kept = Buffer.byteLength(fits);
    used += kept;
    cut += bytes - kept;
    coalescer.push(stream, fits);
  }

  /** The event if it still fits into the limit, what must be known of it if not, undefined if nothing must. */
  function withinLimit(event: AgentEvent): AgentEvent | undefined {
    if (UNLIMITED.has(event.type)) return event;
    const bytes = Buffer.byteLength(JSON.stringify(event));
    if (used + bytes <= max_output_bytes) {
      used += bytes;
      return event;
    }
    cut += bytes;
    // A call that was shown must not seem to run for ever.
    if (event.type === "tool.updated" && event.status !== undefined) {
      const { type, tool_call_id, status } = event;
      return { type, tool_call_id, status };
    }
    return undefined;
  }

  return {
    insert,
    emit(event) {
      if (event.type === "message.delta") {
        emitText({ type: "message", kind: event.kind, parent: event.parent_tool_call_id }, event.text);
        return;
      }
      if (event.type === "tool.delta") {
        emitText({ type: "tool", tool_call_id: event.tool_call_id }, event.text);
        return;
      }
      const checked = agentEventSchema.safeParse(fitEvent(event));
      if (!checked.success) {
        const text = `An event of the agent could not be used (${event.type}): ${describeIssues(checked.error)}`;
        insert({ type: "notice", turn_id: turnId, level: "warning", code: "unknown_message", text: clipText(text, 8_000) });
        if (event.type === "approval.requested")
          onUnusable(event.approval_id, event.options.find(({ kind }) => kind === "reject_once")?.id);
        return;
      }
      const kept = withinLimit(checked.data);
      if (kept !== undefined) route({ ...kept, turn_id: turnId });
    },
    begin(nextTurnId) {
      coalescer.flush();
      speaking.clear();
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

/** Not output: what somebody must answer, what the session needs to go on, and files, whose bytes are kept already. An adapter sends few of these. */
const UNLIMITED: ReadonlySet<AgentEvent["type"]> = new Set([
  "approval.requested",
  "approval.withdrawn",
  "session.identified",
  "file.produced",
]);

function isSameStream(a: TextStream, b: TextStream): boolean {
  if (a.type === "tool") return b.type === "tool" && a.tool_call_id === b.tool_call_id;
  return b.type === "message" && a.kind === b.kind && a.parent === b.parent;
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
