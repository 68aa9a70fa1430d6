/**
 * The permission gate: a small extension of pi's own kind that asks before a tool runs. pi itself asks for nothing. It serves those who speak
 * with pi and those who speak with a bridge that starts pi.
 */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** Tools of pi's own that may go unasked when `ask` does not name them. Every other tool is unknown and asks in any case. */
const OWN_TOOLS = ["read", "grep", "find", "ls", "bash", "edit", "write"];
const STATUS_KEY = "fairlead-gate";
/** What the gate's question offers. */
export const ALLOW = "allow";
export const DENY = "deny";

/** The tools that run without a question, by the endpoint's `ask`. */
export function unaskedTools(ask: readonly string[]): ReadonlySet<string> {
  return new Set(ask.includes("*") ? [] : OWN_TOOLS.filter((tool) => !ask.includes(tool)));
}

/**
 * The gate's program. It tells that it is in place by a status line before pi takes its first command, and by a file for those whom a bridge
 * keeps from seeing that line. It carries a call's whole input in the title of a question. Whatever is not a clear "allow" blocks the call; so
 * does an error in here (pi's own rule).
 */
function gateSource({ secret, unasked }: GateTerms, presence: string): string {
  return `import { writeFileSync } from "node:fs";
const SECRET = ${JSON.stringify(secret)};
const UNASKED = new Set(${JSON.stringify([...unasked])});
const refusal = (answer) => {
  if (typeof answer !== "string") return "The person was not there to allow this call.";
  const reason = answer.startsWith("${DENY}:") ? answer.slice(${DENY.length + 1}).trim() : "";
  return reason === "" ? "The person denied this call." : "The person denied this call: " + reason;
};
export default function gate(pi) {
  pi.on("session_start", (_event, context) => {
    context.ui.setStatus(${JSON.stringify(STATUS_KEY)}, SECRET);
    writeFileSync(${JSON.stringify(presence)}, SECRET, { mode: 0o600 });
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

export interface GateTerms {
  /** Known to the gate and to us alone, so that no other extension can speak for it. */
  readonly secret: string;
  /** Tools that run without a question. */
  readonly unasked: ReadonlySet<string>;
}

export interface GateFile {
  readonly path: string;
  /** A program that starts a pi with the gate, whatever else it is told. */
  readonly launcher: string;
  /** Whether a pi has loaded the gate. */
  isLoaded(): boolean;
  /** Removes it. It must lie there as long as its pi runs, which may load its extensions again. Never rejects. */
  remove(): Promise<void>;
}

/** Writes the gate into a private folder of its own below `parent`. Rejects when the disk refuses. */
export async function writeGate(parent: string, terms: GateTerms, piCommand = "pi"): Promise<GateFile> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(parent, "pi-"));
  const [path, launcher, presence] = [join(folder, "gate.mjs"), join(folder, "pi"), join(folder, "loaded")];
  const remove = () => rm(folder, { recursive: true, force: true }).catch(() => undefined);
  try {
    await writeFile(path, gateSource(terms, presence), { mode: 0o600 });
    await writeFile(launcher, `#!/bin/sh\nexec ${quote(piCommand)} "$@" -e ${quote(path)}\n`, { mode: 0o700 });
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, launcher, isLoaded: () => existsSync(presence) && readFileSync(presence, "utf8") === terms.secret, remove };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

const questionSchema = z.object({
  gate: z.string(),
  toolCallId: z.string(),
  toolName: z.string(),
  input: z.record(z.string(), z.unknown()),
});
export type GateQuestion = z.infer<typeof questionSchema>;

/** What a question of an extension says, as far as the gate's are told by it. */
interface UiWords {
  readonly method: string;
  readonly title: string;
  readonly statusKey?: string | undefined;
  readonly statusText?: string | undefined;
}

/** Whether the request is the gate's word that it is in place. */
export function isGatePresence({ method, statusKey, statusText }: UiWords, secret: string): boolean {
  return method === "setStatus" && statusKey === STATUS_KEY && statusText === secret;
}

/** The gate's question, or undefined when the request is somebody else's. */
export function readGateQuestion({ method, title }: Pick<UiWords, "method" | "title">, secret: string): GateQuestion | undefined {
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
