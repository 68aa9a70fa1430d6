/** What pi's tools are, in the words of the protocol: kinds, short titles, and what a call would touch. */
import { isAbsolute, resolve } from "node:path";
import { type ApprovalSubject, MAX_DELTA_CHARS, type ToolInput, type ToolKind, type ToolLocation } from "@fairlead/protocol";
import { clipText, safeText } from "../process/text.ts";

const MAX_TITLE = 200;
const MAX_PATH = 4_096;

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
export function pathOf(input: ToolInput, { cwd, home }: Place): string | undefined {
  const named = text(input.path) ?? text(input.file_path);
  if (named === undefined) return undefined;
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
  const command = tool === "bash" ? text(input.command) : undefined;
  const path = pathOf(input, place);
  const host = hostOf(text(input.url));
  return {
    cwd: place.cwd,
    // A command that would have to be cut is left out: a rule must never match half of one.
    ...(command === undefined || command.length > MAX_DELTA_CHARS ? {} : { command: safeText(command) }),
    ...(path === undefined || path.length > MAX_PATH ? {} : { paths: [safeText(path)] }),
    ...(host === undefined ? {} : { hosts: [host] }),
  };
}

function hostOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return hostname === "" || hostname.length > 255 ? undefined : hostname;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
