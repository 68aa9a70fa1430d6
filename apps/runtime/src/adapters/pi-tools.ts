/** What pi's tools are, in the words of the protocol: kinds, short titles, and what a call would touch. */
import { isAbsolute, resolve } from "node:path";
import { type ApprovalSubject, MAX_DELTA_CHARS, type ToolInput, type ToolKind, type ToolLocation } from "@fairlead/protocol";
import { clipText, safeText } from "../process/text.ts";
import { hostsIn, pathsIn } from "./touched.ts";

const MAX_TITLE = 200;
const MAX_PATH = 4_096;
const MAX_PATHS = 200;

const KINDS: Readonly<Record<string, ToolKind>> = {
  bash: "execute",
  read: "read",
  edit: "edit",
  write: "edit",
  grep: "search",
  find: "search",
  ls: "search",
  web_fetch: "fetch",
  web_search: "fetch",
};

export function kindOf(tool: string): ToolKind {
  return Object.hasOwn(KINDS, tool) ? (KINDS[tool] ?? "other") : "other";
}

/** Where a session's tools work. */
export interface Place {
  readonly cwd: string;
  readonly home: string;
}

/** The path that a call names, absolute, as pi finds it: `@` in front is cut, `~` is the home directory. */
export function pathOf(input: ToolInput, place: Place): string | undefined {
  const named = text(input.path) ?? text(input.file_path);
  return named === undefined ? undefined : absolute(named, place);
}

function absolute(named: string, { cwd, home }: Place): string {
  const bare = named.startsWith("@") ? named.slice(1) : named;
  if (bare === "~" || bare.startsWith("~/")) return resolve(home, `.${bare.slice(1)}`);
  return isAbsolute(bare) ? bare : resolve(cwd, bare);
}

/** A few words for a list: `git status`, `Edit src/a.ts`. */
export function titleOf(tool: string, input: ToolInput): string {
  const path = text(input.path) ?? text(input.file_path);
  const line = (value: string) => clipText(safeText(value).replace(/\s+/g, " ").trim(), MAX_TITLE);
  switch (tool) {
    case "bash":
      return line(text(input.command) ?? "") || "bash";
    case "read":
    case "edit":
    case "write":
      return line(`${tool[0]?.toUpperCase()}${tool.slice(1)} ${path ?? ""}`);
    case "ls":
      return line(`List ${path ?? "."}`);
    case "grep":
    case "find":
      return line(`Search ${text(input.pattern) ?? ""}${path === undefined ? "" : ` in ${path}`}`);
    default:
      return line(tool) || "tool";
  }
}

export function locationsOf(input: ToolInput, place: Place): ToolLocation[] {
  const path = pathOf(input, place);
  if (path === undefined || path.length > MAX_PATH) return [];
  const { offset } = input;
  return [{ path: safeText(path), ...(typeof offset === "number" && Number.isInteger(offset) && offset > 0 ? { line: offset } : {}) }];
}

export function subjectOf(tool: string, input: ToolInput, place: Place): ApprovalSubject {
  const { cwd } = place;
  const kind = kindOf(tool);
  if (kind === "execute") {
    const command = text(input.command);
    // A command that would have to be cut is left out: a rule must never match half of one.
    return { cwd, ...(command === undefined || command.length > MAX_DELTA_CHARS ? {} : { command: safeText(command) }) };
  }
  const paths = pathsIn(input, kind, (path) => absolute(path, place)).slice(0, MAX_PATHS);
  const hosts = hostsIn(input, kind).slice(0, MAX_PATHS);
  return { cwd, ...(paths.length === 0 ? {} : { paths }), ...(hosts.length === 0 ? {} : { hosts }) };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
