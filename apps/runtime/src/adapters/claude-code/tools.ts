/** What Claude Code's tools are, in the words of the protocol: kinds, short titles, and what a call would touch. */
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import {
  type ApprovalSubject,
  idSchema,
  MAX_DELTA_CHARS,
  type PlanEntry,
  type ToolInput,
  type ToolKind,
  type ToolLocation,
} from "@fairlead/protocol";
import { z } from "zod";
import { clipText, safeText } from "../../process/text.ts";

const MAX_TITLE = 200;
const MAX_PATH = 4_096;

const KINDS: ReadonlyMap<string, ToolKind> = new Map([
  ["Bash", "execute"],
  ["PowerShell", "execute"],
  ["Read", "read"],
  ["NotebookRead", "read"],
  ["Edit", "edit"],
  ["MultiEdit", "edit"],
  ["Write", "edit"],
  ["NotebookEdit", "edit"],
  ["Glob", "search"],
  ["Grep", "search"],
  ["LS", "search"],
  ["WebFetch", "fetch"],
  ["WebSearch", "fetch"],
  ["EnterPlanMode", "switch_mode"],
  ["ExitPlanMode", "switch_mode"],
]);

/** Where a session's tools work. */
export interface Place {
  readonly cwd: string;
  readonly home: string;
}

export function kindOf(tool: string): ToolKind {
  return KINDS.get(tool) ?? "other";
}

/** Claude Code's id of a call as ours: ids of other providers' models may be longer or stranger than ours may be. */
export function callIdOf(nativeId: string): string {
  return idSchema.safeParse(nativeId).success ? nativeId : createHash("sha256").update(nativeId).digest("hex");
}

/** A few words for a list: `git status`, `Edit src/a.ts`. */
export function titleOf(tool: string, input: ToolInput, { cwd }: Place): string {
  const path = shownPath(namedPath(input), cwd);
  switch (tool) {
    case "Bash":
    case "PowerShell":
      return line(stringOf(input.command) ?? tool);
    case "Read":
    case "Edit":
    case "MultiEdit":
    case "Write":
    case "NotebookRead":
    case "NotebookEdit":
    case "LS":
      return line(`${tool} ${path}`);
    case "Glob":
    case "Grep":
      return line(`${tool} ${stringOf(input.pattern) ?? ""}${path === "" ? "" : ` in ${path}`}`);
    case "WebFetch":
      return line(`Fetch ${stringOf(input.url) ?? ""}`);
    case "WebSearch":
      return line(`Search ${stringOf(input.query) ?? ""}`);
    case "Task":
    case "Agent":
      return line(["Agent", input.description].filter((part) => stringOf(part) !== undefined).join(": "));
    case "AskUserQuestion":
      return "Questions";
    case "ExitPlanMode":
      return "Carry out the plan";
    default:
      return line(mcpTitle(tool)) || "tool";
  }
}

/** `mcp__server__tool` as people read it. */
function mcpTitle(tool: string): string {
  const [, server, name] = /^mcp__(.+?)__(.+)$/.exec(tool) ?? [];
  return server === undefined ? tool : `${server}: ${name}`;
}

export function locationsOf(input: ToolInput, place: Place): ToolLocation[] {
  const path = absolutePath(input, place);
  if (path === undefined) return [];
  const { offset } = input;
  return [{ path, ...(typeof offset === "number" && Number.isInteger(offset) && offset > 0 ? { line: offset } : {}) }];
}

/** What rules are matched on. Of a command's paths only some would be known, so none are told. */
export function subjectOf(tool: string, input: ToolInput, place: Place): ApprovalSubject {
  const { cwd } = place;
  const kind = kindOf(tool);
  const command = kind === "execute" ? stringOf(input.command) : undefined;
  const paths = kind === "search" ? searchedPaths(tool, input, place) : namedPaths(input, place);
  const host = tool === "WebFetch" ? hostOf(stringOf(input.url)) : undefined;
  const touchesFiles = kind === "read" || kind === "edit" || kind === "search";
  return {
    cwd,
    // A command that would have to be cut is left out: a rule must never match half of one.
    ...(command === undefined || command.length > MAX_DELTA_CHARS ? {} : { command: safeText(command) }),
    ...(touchesFiles && paths.length > 0 ? { paths } : {}),
    ...(host === undefined ? {} : { hosts: [host] }),
  };
}

/** Where a search looks; empty when its pattern may lead elsewhere. */
function searchedPaths(tool: string, input: ToolInput, place: Place): string[] {
  const pattern = tool === "Glob" ? (stringOf(input.pattern) ?? "") : "";
  if (/^[/~]|\.\./.test(pattern)) return [];
  return namedPaths({ ...input, path: stringOf(input.path) ?? place.cwd }, place);
}

/** All files that a call names, under whichever of the keys its tool takes one from; empty when one of them cannot be told. */
function namedPaths(input: ToolInput, place: Place): string[] {
  const named = [input.file_path, input.notebook_path, input.path].flatMap((path) => stringOf(path) ?? []);
  const paths = named.flatMap((path) => absolutePath({ path }, place) ?? []);
  return paths.length < named.length ? [] : [...new Set(paths)];
}

/** The file a call names, absolute and short enough to be told; `~` is the home directory, as for Claude Code. */
export function absolutePath(input: ToolInput, { cwd, home }: Place): string | undefined {
  const named = namedPath(input)?.trim();
  if (named === undefined || named === "" || named.includes("\0")) return undefined;
  const path = named === "~" || named.startsWith("~/") ? resolve(home, `.${named.slice(1)}`) : resolve(cwd, named);
  return path.length > MAX_PATH ? undefined : safeText(path);
}

function namedPath(input: ToolInput): string | undefined {
  return stringOf(input.file_path) ?? stringOf(input.notebook_path) ?? stringOf(input.path);
}

function shownPath(path: string | undefined, cwd: string): string {
  if (path === undefined) return "";
  return path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path;
}

function hostOf(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  // Claude Code fetches what has no scheme over https.
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `https://${url}`;
  if (!URL.canParse(full)) return undefined;
  const { hostname } = new URL(full);
  return hostname === "" || hostname.length > 255 ? undefined : hostname;
}

const todosSchema = z.looseObject({
  todos: z.array(z.looseObject({ content: z.string(), status: z.enum(["pending", "in_progress", "completed"]).catch("pending") })),
});

/** The entries of a `TodoWrite`. */
export function planOf(input: ToolInput): PlanEntry[] | undefined {
  const parsed = todosSchema.safeParse(input);
  if (!parsed.success) return undefined;
  return parsed.data.todos
    .slice(0, 200)
    .map(({ content, status }) => ({ content: clipText(safeText(content), 2_000), priority: "medium", status }));
}

function stringOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function line(value: string): string {
  return clipText(safeText(value).replace(/\s+/g, " ").trim(), MAX_TITLE);
}
