/** The diffs of edits that pi has not made yet: from the call's texts and the file as it stands. */
import { readFileSync, statSync } from "node:fs";
import type { DiffContent, ToolInput } from "@fairlead/protocol";
import { z } from "zod";
import { safeText } from "../process/text.ts";
import { createCompare, diffOf } from "./patch.ts";
import { type Place, pathOf } from "./pi-tools.ts";

/** The largest file that is read for a diff, in bytes. */
const MAX_FILE_BYTES = 1024 * 1024;

const writeSchema = z.looseObject({ content: z.string() });
const changeSchema = z.looseObject({ oldText: z.string(), newText: z.string() });
/** Older models give one change without the list. */
const editSchema = z.union([
  z.looseObject({ edits: z.array(changeSchema).min(1) }),
  changeSchema.transform(({ oldText, newText }) => ({ edits: [{ oldText, newText }] })),
]);

/** What a `write` or `edit` would do to its file; empty for other tools and where it cannot be told. Never throws. */
export function previewOf(tool: string, input: ToolInput, place: Place): DiffContent[] {
  try {
    return preview(tool, input, place);
  } catch {
    // A path that the system refuses; the call's input is shown in any case.
    return [];
  }
}

function preview(tool: string, input: ToolInput, place: Place): DiffContent[] {
  const path = pathOf(input, place);
  if (path === undefined || path.length > 4_096) return [];
  const shown = safeText(path);
  if (tool === "write") {
    const wanted = writeSchema.safeParse(input);
    if (!wanted.success) return [];
    const before = readText(path);
    return [diffOf({ path: shown, before: before === undefined ? "" : before, after: safeText(wanted.data.content) })];
  }
  if (tool !== "edit") return [];
  const wanted = editSchema.safeParse(input);
  return wanted.success ? diffsOf(shown, readText(path), wanted.data.edits) : [];
}

type Change = z.infer<typeof changeSchema>;

/** The file's diff, or that of the bare texts where they are not found in it (pi compares more loosely, or will refuse). */
function diffsOf(path: string, before: string | null | undefined, edits: readonly Change[]): DiffContent[] {
  const compare = createCompare();
  const bare = () =>
    edits.slice(0, 20).map(({ oldText, newText }) => compare({ path, before: safeText(oldText), after: safeText(newText) }));
  if (before === null || before === undefined) return bare();
  const source = before.replaceAll("\r\n", "\n");
  const found = edits
    .map(({ oldText, newText }) => ({ at: source.indexOf(safeText(oldText).replaceAll("\r\n", "\n")), oldText, newText }))
    .sort((left, right) => left.at - right.at);
  let after = "";
  let end = 0;
  for (const { at, oldText, newText } of found) {
    if (at < end) return bare();
    after += source.slice(end, at) + safeText(newText).replaceAll("\r\n", "\n");
    end = at + safeText(oldText).replaceAll("\r\n", "\n").length;
  }
  return [compare({ path, before: source, after: after + source.slice(end) })];
}

/** Null: there is no such file. Undefined: there is something, but no text of a sensible size. */
function readText(path: string): string | null | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  if (!found.isFile() || found.size > MAX_FILE_BYTES) return undefined;
  return safeText(readFileSync(path, "utf8"));
}
