/** Folds what an agent's calls changed into one entry per file. */
import type { ChangedFile, DiffContent, SessionEvent, ToolContent } from "@fairlead/protocol";

export interface Changes {
  readonly files: ChangedFile[];
  readonly added: number;
  readonly removed: number;
  readonly truncated: boolean;
}

export interface ChangesFold {
  add(event: SessionEvent): void;
  changes(): Changes;
}

/** Text of all patches together, in characters, and files; what goes beyond is counted but not shown. */
const MOST_PATCH_CHARS = 2 * 1024 * 1024;
const MOST_FILES = 1_000;

interface Entry {
  path: string;
  change: ChangedFile["change"];
  added: number;
  removed: number;
  readonly patches: string[];
}

/** Takes a log's events in order. Only calls that were completed changed anything. `workDir`: what paths are shown relative to. */
export function foldChanges(workDir: string | null): ChangesFold {
  const running = new Map<string, readonly DiffContent[]>();
  const entries = new Map<string, Entry>();
  let chars = 0;
  let added = 0;
  let removed = 0;
  let truncated = false;

  function shownPath(path: string): string {
    return workDir !== null && path.startsWith(`${workDir}/`) ? path.slice(workDir.length + 1) : path;
  }

  /** A file that moved takes what was done to it along. */
  function entryOf(diff: DiffContent): Entry | undefined {
    const path = shownPath(diff.path);
    const from = diff.from_path === undefined ? undefined : shownPath(diff.from_path);
    const moved = from === undefined ? undefined : entries.get(from);
    if (from !== undefined && moved !== undefined && from !== path) {
      entries.delete(from);
      moved.path = path;
      entries.set(path, moved);
      return moved;
    }
    const known = entries.get(path);
    if (known !== undefined || entries.size >= MOST_FILES) return known;
    const entry: Entry = { path, change: diff.change, added: 0, removed: 0, patches: [] };
    entries.set(path, entry);
    return entry;
  }

  function apply(diff: DiffContent): void {
    added += diff.added;
    removed += diff.removed;
    const entry = entryOf(diff);
    truncated ||= entry === undefined || diff.truncated === true;
    if (entry === undefined) return;
    entry.added += diff.added;
    entry.removed += diff.removed;
    entry.change = joined(entry.change, diff.change);
    if (chars + diff.patch.length > MOST_PATCH_CHARS) truncated = true;
    else {
      chars += diff.patch.length;
      entry.patches.push(diff.patch);
    }
  }

  return {
    add(event) {
      if (event.type !== "tool.started" && event.type !== "tool.updated") return;
      const { tool_call_id: id, content, status } = event;
      if (content !== undefined) running.set(id, diffsOf(content));
      if (status !== "completed" && status !== "failed") return;
      if (status === "completed") for (const diff of running.get(id) ?? []) apply(diff);
      running.delete(id);
    },
    changes: () => ({ files: [...entries.values()], added, removed, truncated }),
  };
}

function diffsOf(content: readonly ToolContent[]): DiffContent[] {
  return content.filter((part) => part.type === "diff");
}

/** What became of the file since the session began. */
function joined(before: ChangedFile["change"], now: ChangedFile["change"]): ChangedFile["change"] {
  if (now === "deleted") return "deleted";
  if (before === "created") return "created";
  if (before === "deleted") return "modified";
  return before === "moved" || now === "moved" ? "moved" : "modified";
}
