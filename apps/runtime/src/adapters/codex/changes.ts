/** The file changes Codex proposes or has made → diffs, places and words. */
import { isAbsolute, relative, resolve } from "node:path";
import { MAX_TOOL_CONTENTS, type ToolContent, type ToolKind } from "@fairlead/protocol";
import { clipText, safeText } from "../../process/text.ts";
import { diffOf, fromPatch } from "../patch.ts";
import type { FileUpdate } from "./wire.ts";

const MAX_PATH_CHARS = 4_096;

function shownPath(path: string): string {
  return clipText(safeText(path), MAX_PATH_CHARS) || "(no path)";
}

/** A path as people know it: within the working directory without it. */
export function shortPath(path: string, workDir: string): string {
  const inside = isAbsolute(path) ? relative(workDir, path) : path;
  return shownPath(inside === "" || inside.startsWith("..") || isAbsolute(inside) ? path : inside);
}

function diffOfUpdate({ path, kind, diff }: FileUpdate): ToolContent {
  const shown = shownPath(path);
  const text = safeText(diff);
  if (kind.type === "add") return diffOf({ path: shown, before: null, after: text });
  if (kind.type === "delete") return diffOf({ path: shown, before: text, after: null });
  const target = kind.move_path;
  if (!target) return fromPatch({ path: shown, change: "modified" }, text);
  // Codex writes the move into the patch, where it would be read as lines of the file.
  const note = `\n\nMoved to: ${safeText(target)}`;
  const patch = text.endsWith(note) ? text.slice(0, -note.length) : text;
  return fromPatch({ path: shownPath(target), from_path: shown, change: "moved" }, patch);
}

/** One diff a file; of very many files the rest is only counted. */
export function diffsOf(changes: readonly FileUpdate[]): ToolContent[] {
  if (changes.length <= MAX_TOOL_CONTENTS) return changes.map(diffOfUpdate);
  const kept = changes.slice(0, MAX_TOOL_CONTENTS - 1).map(diffOfUpdate);
  return [...kept, { type: "text", text: `${changes.length - kept.length} more files are changed.`, truncated: true }];
}

/** All files that the changes touch, absolute; undefined when there is none to tell. */
export function touchedPaths(changes: readonly FileUpdate[], workDir: string): string[] | undefined {
  const all = changes.flatMap(({ path, kind }) => (kind.move_path ? [path, kind.move_path] : [path]));
  const absolute = [...new Set(all.map((path) => resolve(workDir, path)))];
  // A part of the paths would let a rule decide what it has not seen.
  return absolute.length === 0 || absolute.length > 200 || absolute.some((path) => path.length > MAX_PATH_CHARS) ? undefined : absolute;
}

export function locationsOf(changes: readonly FileUpdate[]): { path: string }[] {
  return changes.slice(0, MAX_TOOL_CONTENTS).map(({ path, kind }) => ({ path: shownPath(kind.move_path || path) }));
}

export function changesTitle(changes: readonly FileUpdate[], workDir: string): string {
  const [first] = changes;
  if (first === undefined) return "Change files";
  if (changes.length > 1) return `Change ${changes.length} files`;
  const { type, move_path } = first.kind;
  const verb = type === "add" ? "Create" : type === "delete" ? "Delete" : move_path ? "Move" : "Edit";
  return `${verb} ${shortPath(first.path, workDir)}`;
}

export function changesKind(changes: readonly FileUpdate[]): ToolKind {
  const kinds = new Set(changes.map(({ kind }) => (kind.type === "delete" ? "delete" : kind.move_path ? "move" : "edit")));
  const [only] = kinds;
  return kinds.size === 1 && only !== undefined ? only : "edit";
}
