/** The tool calls of one conversation: told from updates and from permission requests alike, each brought to a final status. Pure. */
import { createHash } from "node:crypto";
import {
  type AgentEvent,
  idSchema,
  MAX_DELTA_CHARS,
  MAX_TOOL_CONTENTS,
  type ToolInput,
  type ToolKind,
  type ToolStatus,
} from "@fairlead/protocol";
import { clipText, safeText, splitText } from "../../process/text.ts";
import type { AdapterEvent, FileMade } from "../contract.ts";
import { filesOf } from "../made-files.ts";
import { inputOf, TOO_DEEP, textContent, titleOf, toolContents } from "./content.ts";
import type { NativeContent, NativeToolCall } from "./wire.ts";

/** Calls one turn may make; more are not shown. */
const MAX_CALLS = 5_000;
/** Ids remembered to keep calls of different turns apart. */
const MAX_USED_IDS = 20_000;

/** A call of the running turn as it stands now. */
export interface ToolCall {
  readonly id: string;
  tool: string;
  title: string;
  /** The whole of what the agent calls it. */
  words: string;
  kind: ToolKind;
  status: ToolStatus;
  input: ToolInput | undefined;
  /** Its input is nested too deeply to be shown, so that nobody can be asked about it. */
  isTooDeep: boolean;
  /** Its diffs and texts as the agent told them, until it is over. */
  content: readonly NativeContent[];
  locations: readonly string[];
  hasOutput: boolean;
}

export interface ToolCalls {
  /** A call or a change of one, from an update or a permission request. */
  upsert(native: NativeToolCall): AdapterEvent[];
  find(nativeId: string): ToolCall | undefined;
  /** Live output of a terminal that one of the calls shows. */
  output(terminalId: string, text: string): AgentEvent[];
  /** The turn is over: what is still open has failed. */
  closeAll(): AgentEvent[];
}

type Changes = Pick<Extract<AgentEvent, { type: "tool.updated" }>, "input" | "content" | "locations" | "exit_code">;

function isFinal(status: ToolStatus): boolean {
  return status === "completed" || status === "failed";
}

const RANK: Readonly<Record<ToolStatus, number>> = { pending: 0, in_progress: 1, completed: 2, failed: 2 };

/** A call as its agent begins it, under the agent's own id. */
export function newCall(native: NativeToolCall): ToolCall {
  const tool = clipText(safeText(native.name ?? native._meta?.claudeCode?.toolName ?? native.kind ?? "tool"), 200);
  return {
    id: native.toolCallId,
    tool,
    title: titleOf(native.title ?? "") || tool,
    words: safeText(native.title ?? tool),
    kind: native.kind ?? "other",
    status: native.status ?? "pending",
    input: undefined,
    isTooDeep: false,
    content: [],
    locations: [],
    hasOutput: false,
  };
}

export function createToolCalls(work_dir: string): ToolCalls {
  const calls = new Map<string, ToolCall>();
  const usedIds = new Set<string>();
  /** Terminal → the call that shows it. */
  const shown = new Map<string, ToolCall>();
  /** Output that came before a call showed its terminal. */
  const early = new Map<string, string>();

  /** The agent's own id where it is one of ours and new, else one made of it. Some agents count anew in each turn. */
  function newId(nativeId: string): string {
    const base = idSchema.safeParse(nativeId).success && nativeId.length <= 120 ? nativeId : `call-${digest(nativeId)}`;
    let id = base;
    for (let turn = 2; usedIds.has(id); turn += 1) id = `${base}.${turn}`;
    if (usedIds.size >= MAX_USED_IDS) usedIds.clear();
    usedIds.add(id);
    return id;
  }

  function start(native: NativeToolCall): AdapterEvent[] {
    if (calls.size >= MAX_CALLS) return [];
    const call: ToolCall = { ...newCall(native), id: newId(native.toolCallId) };
    calls.set(native.toolCallId, call);
    const { tool, title, kind, status } = call;
    const changes = apply(call, native);
    const parent = parentOf(native);
    const started: AgentEvent = { type: "tool.started", tool_call_id: call.id, ...parent, tool, title, kind, status, ...changes };
    return [started, ...streamed(call, native), ...shownFiles(call, native)];
  }

  /** The fields of an event that `native` changes. */
  function apply(call: ToolCall, native: NativeToolCall): Changes {
    const given = inputOf(native.rawInput);
    const input = given === TOO_DEEP ? undefined : given;
    if (given !== undefined) Object.assign(call, { input, isTooDeep: given === TOO_DEEP });
    if (native.title !== undefined) call.words = safeText(native.title);
    if (native.content !== undefined) call.content = native.content;
    if (native.locations !== undefined) call.locations = native.locations.map(({ path }) => path);
    const content = contentOf(call, native);
    const exit = native._meta?.terminal_exit?.exit_code;
    return {
      ...(input === undefined ? {} : { input }),
      ...(content === undefined ? {} : { content }),
      ...(native.locations === undefined ? {} : { locations: locationsOf(native.locations) }),
      ...(exit === undefined ? {} : { exit_code: exit }),
    };
  }

  function contentOf(call: ToolCall, native: NativeToolCall) {
    if (native.content !== undefined) return toolContents(native.content, work_dir);
    // Some agents give a result in raw only.
    const isBare = call.content.length === 0 && !call.hasOutput && native.status !== undefined && isFinal(native.status);
    return isBare && typeof native.rawOutput === "string" && native.rawOutput !== "" ? [textContent(native.rawOutput)] : undefined;
  }

  /** Output that agents stream beside the protocol, and what a terminal said before it was shown. */
  function streamed(call: ToolCall, native: NativeToolCall): AgentEvent[] {
    const events = delta(call, native._meta?.terminal_output_delta?.data ?? native._meta?.terminal_output?.data ?? "");
    for (const { type, terminalId } of native.content ?? []) {
      if (type !== "terminal" || terminalId === undefined || shown.get(terminalId) === call) continue;
      shown.set(terminalId, call);
      events.push(...delta(call, early.get(terminalId) ?? ""));
      early.delete(terminalId);
    }
    return events;
  }

  function delta(call: ToolCall, text: string): AgentEvent[] {
    if (text !== "") call.hasOutput = true;
    return [...splitText(safeText(text), MAX_DELTA_CHARS)].map((piece) => ({ type: "tool.delta", tool_call_id: call.id, text: piece }));
  }

  function update(call: ToolCall, native: NativeToolCall): AdapterEvent[] {
    const changes = apply(call, native);
    const title = native.title === undefined ? call.title : titleOf(native.title) || call.title;
    const kind = native.kind ?? call.kind;
    const advances = native.status !== undefined && !isFinal(call.status) && RANK[native.status] > RANK[call.status];
    const status = advances && native.status !== undefined ? native.status : call.status;
    const told = {
      ...changes,
      ...(title === call.title ? {} : { title }),
      ...(kind === call.kind ? {} : { kind }),
    };
    const before = streamed(call, native);
    const ended = status === call.status ? {} : { status };
    Object.assign(call, { title, kind, status });
    if (isFinal(status)) call.content = [];
    const fields = { ...told, ...ended };
    const files = shownFiles(call, native);
    if (Object.keys(fields).length === 0) return [...before, ...files];
    return [...before, { type: "tool.updated", tool_call_id: call.id, ...parentOf(native), ...fields }, ...files];
  }

  function shownFiles(call: ToolCall, native: NativeToolCall): FileMade[] {
    const blocks = (native.content ?? []).map(({ content }) => content);
    return filesOf(blocks, { tool_call_id: call.id, ...parentOf(native) });
  }

  function parentOf(native: NativeToolCall) {
    const parent = calls.get(native._meta?.claudeCode?.parentToolUseId ?? "");
    return parent === undefined ? {} : { parent_tool_call_id: parent.id };
  }

  return {
    upsert(native) {
      const call = calls.get(native.toolCallId);
      return call === undefined ? start(native) : update(call, native);
    },
    find: (nativeId) => calls.get(nativeId),
    output(terminalId, text) {
      const call = shown.get(terminalId);
      if (call !== undefined) return isFinal(call.status) ? [] : delta(call, text);
      early.set(terminalId, ((early.get(terminalId) ?? "") + text).slice(-MAX_DELTA_CHARS));
      return [];
    },
    closeAll() {
      const open = [...calls.values()].filter(({ status }) => !isFinal(status));
      calls.clear();
      shown.clear();
      early.clear();
      return open.map(({ id }) => ({ type: "tool.updated", tool_call_id: id, status: "failed" }));
    },
  };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}

function locationsOf(locations: NonNullable<NativeToolCall["locations"]>) {
  return locations
    .slice(0, MAX_TOOL_CONTENTS)
    .map(({ path, line }) => ({ path: clipText(safeText(path), 4_096), ...(line === undefined ? {} : { line }) }));
}
