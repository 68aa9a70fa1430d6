/** The diffs of edits: those not made yet, from the call's texts and the file as it stands, and those Claude Code has made. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { DiffContent, ToolInput } from "@fairlead/protocol";
import { z } from "zod";
import { safeText } from "../../process/text.ts";
import { createCompare, diffOf, fromHunks } from "../patch.ts";
import { absolutePath, type Place } from "./tools.ts";

/** The largest file that is read for a diff, in bytes. */
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_CHANGES = 200;
/** Calls whose diffs are remembered. */
const MAX_KNOWN = 50;
const EDITS: ReadonlySet<string> = new Set(["Write", "Edit", "MultiEdit", "NotebookEdit"]);

const changeSchema = z.looseObject({
  old_string: z.string(),
  new_string: z.string(),
  replace_all: z.boolean().optional().catch(undefined),
});
type Change = z.infer<typeof changeSchema>;
const changesSchema = z.looseObject({ edits: z.array(changeSchema).min(1).max(MAX_CHANGES) });
const writeSchema = z.looseObject({ content: z.string() });
const cellSchema = z.looseObject({ new_source: z.string(), cell_id: z.string().optional(), edit_mode: z.string().optional() });
const sourceSchema = z.union([z.string(), z.array(z.string()).transform((lines) => lines.join(""))]);
const notebookSchema = z.looseObject({ cells: z.array(z.looseObject({ id: z.string().optional(), source: sourceSchema })) });
const editResultSchema = z.looseObject({
  filePath: z.string().min(1).max(4_096),
  originalFile: z.string().nullish(),
  structuredPatch: z
    .array(
      z.looseObject({
        oldStart: z.number(),
        oldLines: z.number(),
        newStart: z.number(),
        newLines: z.number(),
        lines: z.array(z.string()),
      }),
    )
    .min(1),
});

/** What an edit would do to its file; empty for other tools and where it cannot be told. Never throws. */
export type Propose = (tool: string, input: ToolInput) => DiffContent[];

/** A call is told before it is asked about: as long as its file has not changed, what was found the first time is told again. */
export function createPropose(place: Place): Propose {
  const found = new Map<string, { readonly state: string; readonly diffs: DiffContent[] }>();
  return (tool, input) => {
    const path = absolutePath(input, place);
    if (path === undefined || !EDITS.has(tool)) return [];
    const state = stateOf(path);
    const key = createHash("sha256")
      .update(JSON.stringify([tool, input]))
      .digest("hex");
    const known = found.get(key);
    if (known?.state === state) return known.diffs;
    const diffs = proposedDiffs(tool, input, place);
    if (found.size >= MAX_KNOWN) found.clear();
    found.set(key, { state, diffs });
    return diffs;
  };
}

/** Changes with every write to the file. */
function stateOf(path: string): string {
  try {
    const { ino, size, ctimeNs } = statSync(path, { bigint: true });
    return `${ino} ${size} ${ctimeNs}`;
  } catch {
    return "none";
  }
}

function proposedDiffs(tool: string, input: ToolInput, place: Place): DiffContent[] {
  const path = absolutePath(input, place);
  if (path === undefined) return [];
  try {
    switch (tool) {
      case "Write":
        return written(path, input);
      case "Edit":
        return changed(path, [changeSchema.parse(input)]);
      case "MultiEdit":
        return changed(path, changesSchema.parse(input).edits);
      case "NotebookEdit":
        return cellChanged(path, input);
      default:
        return [];
    }
  } catch {
    // An input of another shape, or a path that the system refuses; the call's input is shown in any case.
    return [];
  }
}

/** The diff in a finished edit's result, with the file's own line numbers. */
export function madeDiff(result: unknown): DiffContent | undefined {
  const parsed = editResultSchema.safeParse(result);
  if (!parsed.success) return undefined;
  const { filePath, originalFile, structuredPatch } = parsed.data;
  const hunks = structuredPatch.map((hunk) => ({ ...hunk, lines: hunk.lines.map(safeText) }));
  return fromHunks({ path: safeText(filePath), change: originalFile === null ? "created" : "modified" }, hunks);
}

function written(path: string, input: ToolInput): DiffContent[] {
  const before = readText(path);
  const after = safeText(writeSchema.parse(input).content);
  return [diffOf({ path, before: before === undefined ? "" : before, after })];
}

function changed(path: string, changes: readonly Change[]): DiffContent[] {
  const before = readText(path);
  const after = before === undefined ? undefined : applied(before ?? "", changes);
  if (before !== undefined && after !== undefined) return [diffOf({ path, before, after })];
  // Not in the file as it stands (Claude Code will refuse or sees another file): the bare texts.
  const compare = createCompare();
  return changes
    .slice(0, 20)
    .map(({ old_string, new_string }) => compare({ path, before: safeText(old_string), after: safeText(new_string) }));
}

function applied(source: string, changes: readonly Change[]): string | undefined {
  let text = source;
  for (const { old_string, new_string, replace_all } of changes) {
    const old = safeText(old_string);
    const at = text.indexOf(old);
    if (at === -1 || (old === "" && text !== "")) return undefined;
    const fresh = safeText(new_string);
    text = replace_all ? text.replaceAll(old, () => fresh) : text.slice(0, at) + fresh + text.slice(at + old.length);
  }
  return text;
}

function cellChanged(path: string, input: ToolInput): DiffContent[] {
  const { new_source, cell_id, edit_mode } = cellSchema.parse(input);
  const before = edit_mode === "insert" || cell_id === undefined ? "" : (cellSource(path, cell_id) ?? "");
  return [diffOf({ path, before: safeText(before), after: edit_mode === "delete" ? "" : safeText(new_source) })];
}

/** Claude Code names cells by their id, or by `cell-N` where they have none. */
function cellSource(path: string, cellId: string): string | undefined {
  const text = readText(path);
  const parsed = notebookSchema.safeParse(typeof text === "string" ? JSON.parse(text) : undefined);
  if (!parsed.success) return undefined;
  const { cells } = parsed.data;
  const index = /^cell-(\d+)$/.exec(cellId)?.[1];
  return (cells.find(({ id }) => id === cellId) ?? (index === undefined ? undefined : cells[Number(index)]))?.source;
}

/** Null: there is no such file. Undefined: there is something, but no text of a sensible size. */
function readText(path: string): string | null | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  if (!found.isFile() || found.size > MAX_FILE_BYTES) return undefined;
  return safeText(readFileSync(path, "utf8"));
}
