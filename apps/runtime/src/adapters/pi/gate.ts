/** The permission gate: a small extension of pi's own kind that asks the runtime before a tool runs. pi itself asks for nothing. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { UiRequest } from "./wire.ts";

/** Tools of pi's own that may go unasked when `ask` does not name them. Every other tool is unknown and asks in any case. */
const OWN_TOOLS = ["read", "grep", "find", "ls", "bash", "edit", "write"];
const STATUS_KEY = "fairlead-gate";
const ALLOW = "allow";
const DENY = "deny";

/** The tools that run without a question, by the endpoint's `ask`. */
export function unaskedTools(ask: readonly string[]): ReadonlySet<string> {
  return new Set(ask.includes("*") ? [] : OWN_TOOLS.filter((tool) => !ask.includes(tool)));
}

/**
 * The gate's program. It tells that it is in place by a status line before pi takes its first command, and carries a call's whole input
 * in the title of a question. Whatever is not a clear "allow" blocks the call; so does an error in here (pi's own rule).
 */
function gateSource(secret: string, unasked: ReadonlySet<string>): string {
  return `const SECRET = ${JSON.stringify(secret)};
const UNASKED = new Set(${JSON.stringify([...unasked])});
const refusal = (answer) => {
  if (typeof answer !== "string") return "The person was not there to allow this call.";
  const reason = answer.startsWith("${DENY}:") ? answer.slice(${DENY.length + 1}).trim() : "";
  return reason === "" ? "The person denied this call." : "The person denied this call: " + reason;
};
export default function gate(pi) {
  pi.on("session_start", (_event, context) => {
    context.ui.setStatus(${JSON.stringify(STATUS_KEY)}, SECRET);
  });
  pi.on("tool_call", async (event, context) => {
    if (UNASKED.has(event.toolName)) return undefined;
    const { toolCallId, toolName, input } = event;
    const answer = await context.ui.select(JSON.stringify({ gate: SECRET, toolCallId, toolName, input }), ["${ALLOW}", "${DENY}"]);
    return answer === "${ALLOW}" ? undefined : { block: true, reason: refusal(answer) };
  });
}
`;
}

export interface GateFile {
  readonly path: string;
  /** Removes it. It must lie there as long as its pi runs, which may load its extensions again. Never rejects. */
  remove(): Promise<void>;
}

/** Writes the gate into a private folder of its own below `parent`. Rejects when the disk refuses. */
export async function writeGate(parent: string, secret: string, unasked: ReadonlySet<string>): Promise<GateFile> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(parent, "pi-"));
  const path = join(folder, "gate.mjs");
  const remove = () => rm(folder, { recursive: true, force: true }).catch(() => undefined);
  try {
    await writeFile(path, gateSource(secret, unasked), { mode: 0o600 });
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, remove };
}

const questionSchema = z.object({
  gate: z.string(),
  toolCallId: z.string(),
  toolName: z.string(),
  input: z.record(z.string(), z.unknown()),
});
export type GateQuestion = z.infer<typeof questionSchema>;

/** Whether the request is the gate's word that it is in place. */
export function isGatePresence({ method, statusKey, statusText }: UiRequest, secret: string): boolean {
  return method === "setStatus" && statusKey === STATUS_KEY && statusText === secret;
}

/** The gate's question, or undefined when the request is somebody else's. */
export function readGateQuestion({ method, title }: UiRequest, secret: string): GateQuestion | undefined {
  if (method !== "select" || !title.startsWith("{")) return undefined;
  try {
    const question = questionSchema.parse(JSON.parse(title));
    return question.gate === secret ? question : undefined;
  } catch {
    return undefined;
  }
}

/** The gate's answer as pi hands it over. */
export function gateAnswer(isAllowed: boolean, reason: string | undefined): string {
  if (isAllowed) return ALLOW;
  return reason === undefined ? DENY : `${DENY}:${reason}`;
}
