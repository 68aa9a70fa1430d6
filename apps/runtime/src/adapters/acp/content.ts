/** What an ACP agent shows → text and diffs that every screen and store can hold. Pure. */
import { isAbsolute, resolve } from "node:path";
import { MAX_DELTA_CHARS, MAX_TOOL_CONTENTS, type ToolContent, type ToolInput } from "@fairlead/protocol";
import { clipText, safeText, splitText } from "../../process/text.ts";
import { fileOf } from "../made-files.ts";
import { type Compare, createCompare } from "../patch.ts";
import { safeInput } from "../safe-input.ts";
import type { ContentBlock, NativeContent } from "./wire.ts";

/** A longer text is not compared (characters). */
const MAX_COMPARED_CHARS = 2 * 1024 * 1024;
const MAX_TITLE_CHARS = 200;

/** The text of a block; what cannot be shown as text is named. */
export function blockText(block: ContentBlock): string {
  switch (block.type) {
    case "text":
      return safeText(block.text ?? "");
    case "resource_link":
      return safeText(`[${block.name ?? block.uri ?? "link"}](${block.uri ?? ""})`);
    case "resource":
      return safeText(block.resource?.text ?? (fileOf(block) === undefined ? block.resource?.uri : undefined) ?? "");
    default:
      // What has its bytes with it is shown as a file.
      return fileOf(block) === undefined ? `[${clipText(safeText(block.type), 40)}]` : "";
  }
}

/** One short line for people. */
export function titleOf(text: string): string {
  const [line = "", ...rest] = safeText(text).trim().split(/\r?\n/);
  return clipText(rest.length > 0 ? `${line} …` : line, MAX_TITLE_CHARS);
}

/** The contents of a call that can be shown, at most 64. `work_dir` makes relative paths absolute. */
export function toolContents(items: readonly NativeContent[], work_dir: string): ToolContent[] {
  const compare = createCompare();
  return items.flatMap((item) => toolContent(item, { work_dir, compare }) ?? []).slice(0, MAX_TOOL_CONTENTS);
}

interface Showing {
  readonly work_dir: string;
  readonly compare: Compare;
}

export function toolContent(item: NativeContent, { work_dir, compare }: Showing): ToolContent | undefined {
  const change = changeOf(item, work_dir);
  if (change !== undefined) return showChange(change, compare);
  const text = item.content === undefined ? "" : blockText(item.content);
  return text === "" ? undefined : textContent(text);
}

export function textContent(text: string): ToolContent {
  const [kept = ""] = splitText(safeText(text), MAX_DELTA_CHARS);
  return { type: "text", text: kept, ...(kept.length < text.length ? { truncated: true } : {}) };
}

/** Texts of a change; null where there was or is no file. */
export interface Change {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

export function changeOf(item: NativeContent, work_dir: string): Change | undefined {
  if (item.type !== "diff" || item.path === undefined || item.path === "") return undefined;
  const isDeleted = item._meta?.kind === "delete";
  return {
    path: clipText(safeText(absolute(item.path, work_dir)), 4_096),
    before: item.oldText === undefined ? null : safeText(item.oldText),
    after: isDeleted ? null : safeText(item.newText ?? ""),
  };
}

/** The diff of a change, or that it is too large to be shown. */
export function showChange({ path, before, after }: Change, compare: Compare = createCompare()): ToolContent {
  const size = (before?.length ?? 0) + (after?.length ?? 0);
  if (size > MAX_COMPARED_CHARS) return textContent(`The change of ${path} is too large to be shown (${size} characters).`);
  // A part of a file seldom ends with a newline; that both texts have none is no change worth a mark.
  const areOpen = before !== null && after !== null && !before.endsWith("\n") && !after.endsWith("\n");
  return compare(areOpen ? { path, before: `${before}\n`, after: `${after}\n` } : { path, before, after });
}

export function absolute(path: string, work_dir: string): string {
  return isAbsolute(path) ? path : resolve(work_dir, path);
}

/** What stands for an input that is nested too deeply to be shown. */
export const TOO_DEEP = Symbol("too deep");

/** A raw input as an object with safe texts; undefined when the agent gave none. */
export function inputOf(raw: unknown): ToolInput | typeof TOO_DEEP | undefined {
  if (raw === undefined || raw === null) return undefined;
  const value = safeInput(isRecord(raw) ? raw : { input: raw });
  if (value === undefined) return TOO_DEEP;
  return Object.keys(value).length === 0 ? undefined : value;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
