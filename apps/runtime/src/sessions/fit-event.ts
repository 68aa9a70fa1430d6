/** Makes an agent's event fit to be stored: what is too long is shortened and marked so; an approval gets the hash it is answered by. */
import { createHash } from "node:crypto";
import {
  type AgentEvent,
  MAX_AGENT_EVENT_BYTES,
  MAX_DELTA_CHARS,
  MAX_PATCH_CHARS,
  type ToolContent,
  type ToolInput,
} from "@fairlead/protocol";
import { clipText, splitText } from "../process/text.ts";

/** How long a text within an input or a content may be, tried in turn until the event fits (UTF-16 units). */
const TEXT_LIMITS = [64 * 1024, 16 * 1024, 4 * 1024, 512];

/** The hex SHA-256 that binds an answer to a call: over the tool's name and its input, whatever the order of the input's keys. */
export function hashInput(tool: string, input: ToolInput | undefined): string {
  const sorted = JSON.stringify([tool, input ?? null], (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(byKey)) : value,
  );
  return createHash("sha256").update(sorted).digest("hex");
}

/** The event with an approval's hash filled in, and at most `MAX_AGENT_EVENT_BYTES` long. */
export function fitEvent(event: AgentEvent): AgentEvent {
  switch (event.type) {
    case "approval.requested":
      return shorten({ ...event, title: clipText(event.title, 2_000), input_hash: hashInput(event.tool, event.input) });
    case "tool.started":
    case "tool.updated":
      return shorten(event.title === undefined ? event : { ...event, title: clipText(event.title, 2_000) });
    case "notice":
      return { ...event, text: clipText(event.text, MAX_DELTA_CHARS) };
    default:
      return event;
  }
}

type Bulky = Extract<AgentEvent, { type: "approval.requested" | "tool.started" | "tool.updated" }>;

function shorten<E extends Bulky>(event: E): E {
  if (jsonBytes(event) <= MAX_AGENT_EVENT_BYTES) return event;
  let short = event;
  for (const limit of TEXT_LIMITS) {
    short = { ...event, ...shortInput(event.input, limit), ...shortContent(event.content, limit) };
    if (jsonBytes(short) <= MAX_AGENT_EVENT_BYTES) return short;
  }
  const { input: _input, content: _content, ...rest } = short;
  const bare = { ...(rest as E), input_truncated: true };
  if (jsonBytes(bare) <= MAX_AGENT_EVENT_BYTES || !("subject" in bare)) return bare;
  // Without it no rule allows the call, and one that might forbid it has a person asked.
  const { subject: _subject, ...least } = bare;
  return least as E;
}

function shortInput(input: ToolInput | undefined, limit: number): Partial<Bulky> {
  if (input === undefined) return {};
  let wasCut = false;
  const short = JSON.parse(
    JSON.stringify(input, (_key, value: unknown) => {
      if (typeof value !== "string" || value.length <= limit) return value;
      wasCut = true;
      return clipText(value, limit);
    }),
  ) as ToolInput;
  return wasCut ? { input: short, input_truncated: true } : { input: short };
}

function shortContent(content: readonly ToolContent[] | undefined, limit: number): Partial<Bulky> {
  return content === undefined ? {} : { content: content.map((one) => shortOne(one, limit)) };
}

function shortOne(content: ToolContent, limit: number): ToolContent {
  if (content.type === "text") {
    return content.text.length <= limit ? content : { ...content, text: clipText(content.text, limit), truncated: true };
  }
  const most = Math.min(limit * 2, MAX_PATCH_CHARS);
  const [patch = ""] = splitText(content.patch, most);
  return patch.length === content.patch.length ? content : { ...content, patch, truncated: true };
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function byKey([left]: [string, unknown], [right]: [string, unknown]): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
