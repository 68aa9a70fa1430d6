/**
 * The paths and addresses that a call's input names, for rules to match. All of them are told, under whatever key they stand: a rule that
 * saw but some could allow the rest.
 */
import { fileURLToPath } from "node:url";
import type { ToolInput, ToolKind } from "@fairlead/protocol";
import { safeText } from "../process/text.ts";

const MAX_PATH = 4_096;
const MAX_HOST = 255;

/** Keys whose values are paths, whatever they look like; see `plain`. */
const PATH_KEYS = new Set(
  (
    "path paths file files filepath filename absolutepath relativepath notebookpath targetfile targetpath dirpath dir directory folder " +
    "source src sourcepath destination dest destinationpath target from to oldpath newpath"
  ).split(" "),
);
const ADDRESS_KEYS = new Set(["url", "urls", "uri"]);
/** Keys whose values are written, replaced or told to people: what in them looks like a path is not where the call goes. */
const TEXT_KEYS = new Set(
  (
    "content contents text filetext oldstring newstring oldstr newstr oldtext newtext newcontent newsource codeedit " +
    "instruction instructions description explanation reason title"
  ).split(" "),
);

/** Calls of these kinds touch the files they name and nothing else; of what others do with a path nothing is known. */
const OF_FILES: ReadonlySet<ToolKind> = new Set<ToolKind>(["read", "edit", "search", "delete", "move"]);
const OF_HOSTS: ReadonlySet<ToolKind> = new Set<ToolKind>(["fetch", "read", "search"]);
/** Calls that change where files lie: every word of them may be a name. */
const OF_NAMES: ReadonlySet<ToolKind> = new Set<ToolKind>(["delete", "move"]);

/**
 * The paths, each as `absolute` makes it; empty where a call's kind tells nothing of what it does with them, or one is too long to be told.
 */
export function pathsIn(input: ToolInput, kind: ToolKind, absolute: (path: string) => string): string[] {
  return OF_FILES.has(kind) ? (namedPaths(input, OF_NAMES.has(kind), absolute) ?? []) : [];
}

/** The hosts of the addresses; empty where one of them cannot be read. */
export function hostsIn(input: ToolInput, kind: ToolKind): string[] {
  return OF_HOSTS.has(kind) ? (namedHosts(input) ?? []) : [];
}

/** All that the input of an unknown tool names; undefined where something of it cannot be told. */
export function allIn(
  input: ToolInput,
  absolute: (path: string) => string,
): { readonly paths: string[]; readonly hosts: string[] } | undefined {
  const paths = namedPaths(input, false, absolute);
  const hosts = namedHosts(input);
  return paths === undefined || hosts === undefined ? undefined : { paths, hosts };
}

/** `everyWord`: each may be a name. */
function namedPaths(input: ToolInput, everyWord: boolean, absolute: (path: string) => string): string[] | undefined {
  const found = new Set<string>();
  for (const { key, text } of textsOf(input)) {
    if (PATH_KEYS.has(key) || (!TEXT_KEYS.has(key) && (everyWord || isLikePath(text)))) {
      // A tool that knows no addresses takes one for a name: both are told.
      if (!ADDRESS_KEYS.has(key) || !isAddress(text)) found.add(safeText(absolute(text)));
      const path = isAddress(text) ? pathOfAddress(text) : undefined;
      if (path !== undefined) found.add(safeText(absolute(path)));
    }
  }
  return [...found].some((path) => path.length > MAX_PATH) ? undefined : [...found];
}

function namedHosts(input: ToolInput): string[] | undefined {
  const found = new Set<string>();
  for (const { key, text } of textsOf(input)) {
    if (!ADDRESS_KEYS.has(key) && (TEXT_KEYS.has(key) || !isAddress(text))) continue;
    if (/^file:/i.test(text)) continue;
    // What has no scheme is fetched over https.
    const host = URL.parse(isAddress(text) ? text : `https://${text}`)?.hostname ?? "";
    if (host === "" || host.length > MAX_HOST) return undefined;
    found.add(host);
  }
  return [...found];
}

interface Text {
  /** The nearest key above it, without case and marks. */
  readonly key: string;
  readonly text: string;
}

/** Every text of the input. The input is not nested deeply: see `safeInput`. */
function* textsOf(value: unknown, key = ""): Generator<Text> {
  if (typeof value === "string") {
    if (value !== "") yield { key, text: value };
  } else if (Array.isArray(value)) {
    for (const item of value) yield* textsOf(item, key);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, item] of Object.entries(value)) yield* textsOf(item, plain(name));
  }
}

/** `file_path`, `filePath` and `FilePath` are one key. */
function plain(key: string): string {
  return key.replaceAll(/[_-]/g, "").toLowerCase();
}

function isLikePath(text: string): boolean {
  return text.length <= MAX_PATH && !text.includes("\n") && (/[/\\]/.test(text) || /^(?:~|\.\.)/.test(text));
}

function isAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

/** Only an address of a file leads to one. */
function pathOfAddress(address: string): string | undefined {
  if (!/^file:/i.test(address)) return undefined;
  try {
    return fileURLToPath(address);
  } catch {
    return address;
  }
}
