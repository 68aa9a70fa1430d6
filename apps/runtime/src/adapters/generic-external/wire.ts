/** The JSON lines between the runtime and a `generic-external` process: encoding, and decoding without ever throwing. */
import { describeIssues, type ExternalInput, type ExternalOutput, externalOutputSchema } from "@fairlead/protocol";

export type DecodedLine =
  | { readonly ok: true; readonly message: ExternalOutput }
  | { readonly ok: false; readonly code: "bad_line" | "unknown_message"; readonly text: string };

const KNOWN_TYPES: readonly string[] = externalOutputSchema.options.map((option) => option.shape.type.value);

export function encodeMessage(message: ExternalInput): string {
  return JSON.stringify(message);
}

/** One line → a message, or what is wrong with it in words for the agent's author. */
export function decodeLine(line: string): DecodedLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { ok: false, code: "bad_line", text: `A line of the agent is not JSON: ${excerpt(line)}` };
  }
  const type = typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
  if (typeof type === "string" && !KNOWN_TYPES.includes(type)) {
    return { ok: false, code: "unknown_message", text: `The agent sent a message of the unknown type "${type.slice(0, 64)}".` };
  }
  const parsed = externalOutputSchema.safeParse(value);
  if (parsed.success) return { ok: true, message: parsed.data };
  return { ok: false, code: "bad_line", text: `A line of the agent is not valid (${describeIssues(parsed.error)}): ${excerpt(line)}` };
}

function excerpt(line: string): string {
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
