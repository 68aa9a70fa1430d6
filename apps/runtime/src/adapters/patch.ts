/** Changes of files as diff contents: from two texts, or from a patch the agent made itself. Shared by the adapters. */
import { type DiffContent, MAX_PATCH_CHARS } from "@fairlead/protocol";
import { parsePatch, type StructuredPatchHunk, structuredPatch } from "diff";
import { splitText } from "../process/text.ts";

/** Lines shown around a change. */
const CONTEXT_LINES = 3;
/** How long (ms) the comparisons of one call may take together before all lines count as replaced: nothing else goes on meanwhile. */
const COMPARE_LIMIT_MS = 50;

export interface FileChange {
  readonly path: string;
  /** The file before and after; null where there was or is none. */
  readonly before: string | null;
  readonly after: string | null;
}

export type Compare = (change: FileChange) => DiffContent;

/** The diffs of one call, which share the time that they may take. */
export function createCompare(): Compare {
  let left = COMPARE_LIMIT_MS;
  return ({ path, before, after }) => {
    const change = before === null ? "created" : after === null ? "deleted" : "modified";
    const started = performance.now();
    const hunks = hunksOf({ path, before: before ?? "", after: after ?? "" }, left);
    left -= performance.now() - started;
    return fromHunks({ path, change }, hunks);
  };
}

/** The diff between two texts of a file. */
export function diffOf(change: FileChange): DiffContent {
  return createCompare()(change);
}

interface Texts {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

function hunksOf({ path, before, after }: Texts, timeout: number): readonly StructuredPatchHunk[] {
  // Where one side has nothing there is nothing to compare, and a long file would only run into the limit.
  if (before === "" || after === "") return before === after ? [] : [replacement(before, after)];
  if (timeout <= 0) return [replacement(before, after)];
  const compared = structuredPatch(path, path, before, after, undefined, undefined, { context: CONTEXT_LINES, timeout });
  return compared?.hunks ?? [replacement(before, after)];
}

/** A diff from hunks that are known already, e.g. with the real line numbers of the file. */
export function fromHunks(file: Pick<DiffContent, "path" | "change" | "from_path">, hunks: readonly StructuredPatchHunk[]): DiffContent {
  return fromPatch(file, hunks.map(hunkText).join("\n"));
}

/** A diff from a unified patch of one file; a header before its first hunk is left out. */
export function fromPatch(file: Pick<DiffContent, "path" | "change" | "from_path">, patch: string): DiffContent {
  const start = patch.search(/^@@/m);
  const hunks = start === -1 ? "" : patch.slice(start);
  let added = 0;
  let removed = 0;
  for (const line of hunks.split("\n")) {
    if (line.startsWith("+")) added += 1;
    else if (line.startsWith("-")) removed += 1;
  }
  const [kept = ""] = splitText(hunks, MAX_PATCH_CHARS);
  return { type: "diff", ...file, patch: kept, added, removed, ...(kept.length < hunks.length ? { truncated: true } : {}) };
}

/** Whether a text is a unified patch that can be read. */
export function isPatch(text: string): boolean {
  try {
    return parsePatch(text).some((file) => file.hunks.length > 0);
  } catch {
    return false;
  }
}

function hunkText({ oldStart, oldLines, newStart, newLines, lines }: StructuredPatchHunk): string {
  return [`@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`, ...lines].join("\n");
}

function replacement(before: string, after: string): StructuredPatchHunk {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  const lines = [...signed(old, "-", before), ...signed(fresh, "+", after)];
  return { oldStart: 1, oldLines: old.length, newStart: 1, newLines: fresh.length, lines };
}

/** A line end closes a line: there is no empty one after the last. */
function linesOf(text: string): readonly string[] {
  if (text === "") return [];
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}

function signed(lines: readonly string[], sign: "-" | "+", text: string): readonly string[] {
  const open = lines.length > 0 && !text.endsWith("\n");
  return [...lines.map((line) => `${sign}${line}`), ...(open ? ["\\ No newline at end of file"] : [])];
}
