/** One item of a Codex turn → how its tool call looks. Pure; what an item means for the turn is decided in `translate`. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { idSchema, MAX_DELTA_CHARS, type ToolContent, type ToolKind, type ToolStatus } from "@fairlead/protocol";
import { z } from "zod";
import { clipText, safeText } from "../../process/text.ts";
import type { FileMade } from "../contract.ts";
import { decodeData, fileOf, filesOf } from "../made-files.ts";
import { changesKind, changesTitle, diffsOf, locationsOf, shortPath } from "./changes.ts";
import { innerLine } from "./shell-line.ts";
import type { Item } from "./wire.ts";

const MAX_TITLE_CHARS = 200;

/** How a call looks; `content` and `locations` replace what was told before. */
export interface CallView {
  readonly tool: string;
  readonly title: string;
  readonly kind: ToolKind;
  readonly input?: Record<string, unknown>;
  readonly content?: ToolContent[];
  readonly locations?: { path: string }[];
}

const STATUSES = new Map<string, ToolStatus>(
  Object.entries({
    inProgress: "in_progress",
    started: "in_progress",
    completed: "completed",
    failed: "failed",
    declined: "failed",
    interrupted: "failed",
  }),
);

/** An id of Codex as one of ours: the same one wherever its form allows that. */
export function callId(id: string): string {
  return idSchema.safeParse(id).success ? id : createHash("sha256").update(id).digest("hex").slice(0, 40);
}

/** The first line of a text, short. */
export function titleOf(text: string): string {
  return clipText(safeText(text.trim().split("\n", 1)[0] ?? ""), MAX_TITLE_CHARS);
}

/** The final status of a completed item. An item without one has no way to fail. */
export function finalStatus(item: Item): ToolStatus {
  if (item.success === false || item.error) return "failed";
  const status = STATUSES.get(item.status ?? "completed") ?? "failed";
  return status === "in_progress" ? "completed" : status;
}

const contentPartSchema = z.looseObject({ type: z.string().catch(""), text: z.string().nullish() });
const resultSchema = z.looseObject({ content: z.array(contentPartSchema.catch({ type: "" })).catch([]) });

function textContent(text: string): ToolContent[] {
  const safe = safeText(text);
  if (safe.trim() === "") return [];
  const kept = clipText(safe, MAX_DELTA_CHARS);
  return [{ type: "text", text: kept, ...(kept.length < safe.length ? { truncated: true } : {}) }];
}

function partsOf(item: Item): readonly unknown[] {
  return item.contentItems ?? resultSchema.safeParse(item.result).data?.content ?? [];
}

/** The pictures and files that an item shows. One that was looked at is shown only from the folder the agent works in. */
export function itemFiles(item: Item, workDir: string): FileMade[] {
  if (finalStatus(item) === "failed") return [];
  switch (item.type) {
    case "imageView":
      return item.path ? [{ type: "file.made", mime_type: "image/png", source: { folder: workDir, path: item.path } }] : [];
    case "imageGeneration": {
      if (typeof item.result !== "string" || item.result === "") return [];
      const { base64, mime_type } = decodeData(item.result, "image/png");
      return [{ type: "file.made", mime_type, source: { base64 }, ...(item.savedPath ? { name: basename(item.savedPath) } : {}) }];
    }
    default:
      return filesOf(partsOf(item));
  }
}

function partsText(parts: readonly unknown[]): string {
  return parts
    .filter((part) => fileOf(part) === undefined)
    .map((part) => contentPartSchema.safeParse(part).data)
    .map((part) => part?.text ?? (part === undefined || part.type === "" ? "" : `(${part.type})`))
    .join("\n");
}

function asInput(value: unknown): Record<string, unknown> {
  const object = z.record(z.string(), z.unknown()).safeParse(value).data;
  return object ?? (value === undefined || value === null ? {} : { arguments: value });
}

function viewTool(item: Item, tool: string): CallView {
  const said = item.error?.message ?? partsText(partsOf(item));
  const content = textContent(said);
  return {
    tool: clipText(safeText(tool), MAX_TITLE_CHARS),
    title: titleOf(tool),
    kind: item.readOnlyHint === true ? "read" : "other",
    input: asInput(item.arguments),
    ...(content.length === 0 ? {} : { content }),
  };
}

const VIEWS: Readonly<Record<string, (item: Item, workDir: string) => CallView>> = {
  commandExecution: (item) => ({
    tool: "commandExecution",
    title: titleOf(innerLine(item.command ?? "")) || "Run a command",
    kind: "execute",
    input: { command: item.command ?? "", ...(item.cwd ? { cwd: item.cwd } : {}) },
  }),
  fileChange: (item, workDir) => ({
    tool: "fileChange",
    title: changesTitle(item.changes, workDir),
    kind: changesKind(item.changes),
    input: { changes: item.changes },
    content: diffsOf(item.changes),
    locations: locationsOf(item.changes),
  }),
  mcpToolCall: (item) => viewTool(item, mcpToolName(item.server, item.tool)),
  dynamicToolCall: (item) => viewTool(item, [item.namespace, item.tool].filter(Boolean).join(".") || "tool"),
  webSearch: (item) => ({
    tool: "webSearch",
    title: item.query ? `Search the web: ${titleOf(item.query)}` : "Search the web",
    kind: "fetch",
    input: { query: item.query ?? "" },
  }),
  imageView: (item, workDir) => ({
    tool: "imageView",
    title: `Look at ${shortPath(item.path ?? "an image", workDir)}`,
    kind: "read",
    ...(item.path ? { input: { path: item.path }, locations: [{ path: clipText(safeText(item.path), 4_096) }] } : {}),
  }),
  imageGeneration: () => ({ tool: "imageGeneration", title: "Make an image", kind: "other" }),
  sleep: () => ({ tool: "sleep", title: "Wait", kind: "other" }),
  subAgentActivity: (item) => ({ tool: "subAgent", title: `Sub-agent ${titleOf(item.agentPath ?? "")}`.trim(), kind: "think" }),
  collabAgentToolCall: (item) => ({
    tool: clipText(safeText(item.tool ?? "agent"), MAX_TITLE_CHARS),
    title: titleOf(item.prompt ?? "") || `Sub-agent: ${titleOf(item.tool ?? "")}`,
    kind: "think",
    input: { tool: item.tool ?? "", ...(item.prompt ? { prompt: item.prompt } : {}) },
  }),
};

/** Items that are no tool calls: speech, or what the person said. */
const NO_CALLS: ReadonlySet<string> = new Set([
  "userMessage",
  "hookPrompt",
  "agentMessage",
  "functionCallOutput",
  "plan",
  "reasoning",
  "enteredReviewMode",
  "exitedReviewMode",
  "contextCompaction",
]);

/** How rules and people name a tool of an MCP server. */
export function mcpToolName(server: string | null | undefined, tool: string | null | undefined): string {
  return `${server || "mcp"}.${tool || "tool"}`;
}

/** Undefined for items that are no tool calls; items of a kind that is new look like a call of that name. */
export function viewCall(item: Item, workDir: string): CallView | undefined {
  // Of a sub-agent's life only the beginning is a call.
  if (NO_CALLS.has(item.type) || (item.type === "subAgentActivity" && item.kind !== "started")) return undefined;
  const view = Object.hasOwn(VIEWS, item.type) ? VIEWS[item.type] : undefined;
  return view?.(item, workDir) ?? viewTool(item, item.type || "tool");
}
