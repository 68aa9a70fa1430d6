/** The audit trail in plain words: what was wanted, by whom, and what became of it. */
import { type AuditEntry, ruleDraftSchema } from "@fairlead/protocol";
import { ruleSentence, sentenceText } from "./rule-words.ts";
import { countWords, sizeWords } from "./time-words.ts";

/** Kinds of deeds to look at, by how the operation's name begins. */
export const DEED_KINDS = [
  ["", "Everything"],
  ["auth.", "Signing in and out"],
  ["users.", "Users"],
  ["sessions.", "Sessions"],
  ["messages.", "Messages"],
  ["approvals.", "Answers to agents"],
  ["rules.", "Rules"],
  ["terminals.", "Terminals"],
  ["files.", "Files and recordings"],
] as const;

type Detail = AuditEntry["detail"];
/** Names of agents by their endpoint's id. */
type Names = ReadonlyMap<string, string>;
type Words = (detail: Detail, names: Names) => string;

/** Said as what was wanted, because what was refused was not done. */
const DEEDS: Readonly<Record<string, Words>> = {
  "auth.login": () => "Sign in",
  "auth.logout": () => "Sign out",
  "users.create": ({ username, role }) => `Add the user ${text(username)}${role === "admin" ? " as an admin" : ""}`,
  "sessions.create": ({ endpoint_id }, names) => `Start a session with ${agentText(endpoint_id, names)}`,
  "sessions.rename": ({ title }) => `Give the session the title “${text(title)}”`,
  "sessions.stop": () => "Stop a turn",
  "sessions.close": () => "Close the session",
  "sessions.configure": ({ option_id, value_id }) => `Set ${text(option_id)} to ${text(value_id)}`,
  "messages.send": ({ content, attachments }) =>
    ["Send a message", ofCharacters(content), Array.isArray(attachments) ? `with ${countWords(attachments.length, "file")}` : ""].join(" "),
  "approvals.answer": ({ option_id, reason }) => `Answer an agent with ${text(option_id)}${quoted(reason)}`,
  "rules.create": (detail, names) => `Add a rule: ${ruleText(detail, names)}`,
  "rules.update": ({ draft, enabled }, names) =>
    draft === undefined ? `Switch a rule ${enabled === true ? "on" : "off"}` : `Change a rule to: ${ruleText(draft, names)}`,
  "rules.delete": () => "Delete a rule",
  "terminals.open": ({ endpoint_id }, names) =>
    endpoint_id === undefined ? "Run a terminal again" : `Open a terminal with ${agentText(endpoint_id, names)}`,
  "terminals.close": () => "Close the terminal",
  "terminals.write": ({ data }) => `Type ${ofCharacters(data).replace("of ", "")} into the terminal`,
  "terminals.record": ({ on }) => (on === true ? "Begin to record the terminal" : "End the recording of the terminal"),
  "terminals.share": ({ username }) => `Let ${text(username)} watch the terminal`,
  "terminals.unshare": () => "Take back a share of the terminal",
  "files.upload": (detail) => `${detail.recording === true ? "Store the recording" : "Upload the file"} ${fileText(detail)}`,
  "files.download": (detail) => `${detail.recording === true ? "Play or download the recording" : "Download the file"} ${fileText(detail)}`,
};

/** `Send a message of 12 characters`. What this page does not know yet is called by its name. */
export function deedWords({ operation, detail }: Pick<AuditEntry, "operation" | "detail">, names: Names): string {
  const words = Object.hasOwn(DEEDS, operation) ? DEEDS[operation] : undefined;
  return (words?.(detail, names) ?? operation).replaceAll(/\s+/g, " ").trim();
}

/** The id of the agent that a deed is about: its own, or that of the rule it writes. */
export function agentIn(detail: Detail): string | undefined {
  const { endpoint_id, draft } = detail;
  if (typeof endpoint_id === "string") return endpoint_id;
  const rule = ruleDraftSchema.safeParse(draft ?? detail);
  return rule.success ? rule.data.when.endpoint_id : undefined;
}

export function actorWords({ kind, name }: AuditEntry["actor"]): string {
  if (kind === "stranger") return `Somebody as “${name}”`;
  return kind === "runtime" ? `${name} (runtime)` : name;
}

const OUTCOMES: Readonly<Record<string, string>> = {
  FORBIDDEN: "Not allowed",
  UNAUTHENTICATED: "Wrong name or password",
  NOT_FOUND: "Not found",
  CONFLICT: "Refused",
  INVALID_INPUT: "Not valid",
  LIMIT_EXCEEDED: "Over a limit",
  TOO_LARGE: "Too large",
  UNSUPPORTED: "Not possible",
  UNAVAILABLE: "Not reachable",
  INTERNAL: "Failed",
};

export interface Outcome {
  readonly text: string;
  readonly tone: "plain" | "wait" | "bad";
}

/** An entry without an outcome was written before a deed whose end nobody saw. */
export function outcomeWords(code: AuditEntry["code"]): Outcome {
  if (code === null) return { text: "Outcome not known", tone: "wait" };
  return code === "OK" ? { text: "Done", tone: "plain" } : { text: OUTCOMES[code] ?? code, tone: "bad" };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "…";
}

function agentText(id: unknown, names: Names): string {
  return typeof id === "string" ? (names.get(id) ?? id) : text(id);
}

function quoted(value: unknown): string {
  return typeof value === "string" && value !== "" ? `: “${value}”` : "";
}

function ofCharacters(value: unknown): string {
  const size = typeof value === "object" && value !== null && "size" in value ? value.size : undefined;
  return typeof size === "number" ? `of ${countWords(size, "character")}` : "";
}

function fileText({ name, size }: Detail): string {
  if (typeof name !== "string") return "";
  return typeof size === "number" ? `${name} (${sizeWords(size)})` : name;
}

/** A rule that was shortened for the trail may not be one any more. */
function ruleText(detail: unknown, names: Names): string {
  const draft = ruleDraftSchema.safeParse(detail);
  if (!draft.success) return "its text was too long to keep";
  return sentenceText(ruleSentence(draft.data, names.get(draft.data.when.endpoint_id ?? "")));
}
