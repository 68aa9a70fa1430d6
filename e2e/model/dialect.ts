/** What a dialect of model API must tell: how to read its requests and how to write its answers. */
import type { DialectName, ModelRequest } from "./conversation.ts";
import type { ToolCall } from "./tools.ts";

export interface Dialect {
  readonly name: DialectName;
  /** The paths it answers, without the query. */
  readonly path: RegExp;
  /** Throws where the body is none of this dialect. */
  parse(body: unknown, path: string): ModelRequest;
  createEncoder(context: AnswerContext): Encoder;
  /** The body of a refusal. */
  refusal(status: number, message: string): unknown;
}

export interface AnswerContext {
  readonly model: string;
  /** Unique within the server. */
  newId(prefix: string): string;
}

/** One answer in the making. Each call returns the text to send on a stream; `whole` is the same answer for who did not ask for one. */
export interface Encoder {
  begin(): string;
  /** Text of the same kind that follows directly is one block, as it streams. */
  text(kind: "text" | "thinking", text: string): string;
  call(call: ToolCall): string;
  end(): string;
  /** What a server says when it breaks down in the middle. */
  fail(message: string): string;
  whole(): unknown;
}

/** The same usage for every answer: enough to be shown, and easy to assert. */
export const USAGE = { input: 120, output: 42 } as const;

/** A server-sent event; the name repeats the type, where a dialect has types. */
export function serverSentEvent(data: object): string {
  const name = "type" in data ? `event: ${String(data.type)}\n` : "";
  return `${name}data: ${JSON.stringify(data)}\n\n`;
}

/** The arguments of a call in two pieces, as they stream. */
export function argumentPieces(call: ToolCall): [string, string] {
  const text = argumentsOf(call);
  const half = Math.floor(text.length / 2);
  return [text.slice(0, half), text.slice(half)];
}

export function argumentsOf({ input }: ToolCall): string {
  return typeof input === "string" ? input : JSON.stringify(input);
}
