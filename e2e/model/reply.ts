/** Decides what the model answers: the script in the prompt, at the point that its tools' results have reached. */
import { type ModelRequest, promptOf } from "./conversation.ts";
import { smallestInstance } from "./json-schema.ts";
import { type Fault, parseScript, type Step, stepsAfter } from "./script.ts";
import { callFor, type ToolCall } from "./tools.ts";

export type Piece =
  | { readonly type: "text" | "thinking"; readonly text: string }
  | { readonly type: "delay"; readonly ms: number }
  | { readonly type: "hold"; readonly name: string }
  | ({ readonly type: "call" } & ToolCall);

export interface Reply {
  readonly pieces: readonly Piece[];
  /** In how many parts each text is streamed. */
  readonly chunks: number;
  readonly fault: Fault | undefined;
  /** Which answer this is: the same for every attempt at it. Prompts of a test must differ for faults to be counted apart. */
  readonly key: string;
}

/** How much of a tool's last result an answer repeats. */
const QUOTED = 200;

/** Throws Error where the script is wrong or asks for a tool that is not offered. */
export function replyTo(request: ModelRequest): Reply {
  const { text, results } = promptOf(request.items);
  const key = `${results.length} ${text}`;
  const plain = (answer: string): Reply => ({ pieces: [{ type: "text", text: answer }], chunks: 3, fault: undefined, key });
  if (request.schema !== undefined) return plain(JSON.stringify(smallestInstance(request.schema)));
  // Without tools it is no turn but something on the side, a title or a summary: it must not use up what the script counts.
  const script = request.tools.length === 0 ? undefined : parseScript(text);
  const done = `DONE: ${results.length} tool result(s); last=${(results.at(-1) ?? "").trim().slice(0, QUOTED)}`;
  if (script === undefined) return plain(results.length > 0 ? done : `ECHO: ${text}`);

  const { steps, last } = stepsAfter(script, results.length);
  const pieces = steps.flatMap((step) => pieceOf(step, request));
  const fault = steps.find((step) => step.type === "fault")?.fault;
  const hasText = pieces.some((piece) => piece.type === "text");
  if (last && results.length > 0) pieces.push({ type: "text", text: hasText ? `\n${done}` : done });
  else if (last && !hasText)
    pieces.push({ type: "text", text: fault === undefined ? "DONE: nothing to say" : "Something to be cut short" });
  return { pieces, chunks: script.chunks, fault, key };
}

function pieceOf(step: Step, { tools }: ModelRequest): Piece[] {
  switch (step.type) {
    case "say":
      return [{ type: "text", text: step.text }];
    case "think":
      return [{ type: "thinking", text: step.text }];
    case "tool":
      return [{ type: "call", ...callFor(step.wish, tools) }];
    case "fault":
      return [];
    default:
      return [step];
  }
}

/** Cuts a text into at most `count` parts of about the same length; never inside a character. */
export function cutInto(text: string, count: number): string[] {
  const characters = Array.from(text);
  const length = Math.max(1, Math.ceil(characters.length / Math.max(1, count)));
  return Array.from({ length: Math.ceil(characters.length / length) }, (_, index) =>
    characters.slice(index * length, (index + 1) * length).join(""),
  );
}
