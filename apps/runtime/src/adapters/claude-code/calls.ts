/** The tool calls of a conversation, from their first mention to their end: Claude Code's blocks → our events. Pure. */
import { basename } from "node:path";
import { type AgentEvent, type DiffContent, MAX_DELTA_CHARS, type ToolContent, type ToolInput } from "@fairlead/protocol";
import { clipText, safeText } from "../../process/text.ts";
import type { AdapterEvent } from "../contract.ts";
import { fileOf, filesOf } from "../made-files.ts";
import { safeInput } from "../safe-input.ts";
import { madeDiff, type Propose } from "./edits.ts";
import { absolutePath, callIdOf, kindOf, locationsOf, type Place, planOf, titleOf } from "./tools.ts";
import type { Block } from "./wire.ts";

/** Calls that may be open at once; of more, nothing is shown. */
const MAX_OPEN = 1_000;
const NO_OUTPUT = /^\((?:Bash|Command) completed with no output\)$/;

interface Call {
  readonly id: string;
  readonly tool: string;
  readonly parent: string | undefined;
  input: ToolInput;
  diffs: readonly DiffContent[];
  status: "pending" | "in_progress";
}

export interface CallsOptions {
  readonly place: Place;
  readonly propose: Propose;
}

export interface Calls {
  /** The model begins to write a call. */
  announce(block: Block, parent: string | undefined): AgentEvent[];
  /** The call is written to its end. */
  describe(block: Block, parent: string | undefined): AgentEvent[];
  /** The call waits for an answer, or may go on. */
  wait(nativeId: string | undefined, isWaiting: boolean): AgentEvent[];
  /** `result`: what Claude Code tells beside the block. */
  finish(block: Block, result: unknown): AdapterEvent[];
  /** The input as the model wrote it. */
  inputOf(nativeId: string | undefined): ToolInput | undefined;
  /** Fails what is open: all, or all but the calls of sub-agents, which may work on after the turn. */
  close(what: "all" | "own"): AgentEvent[];
}

export function createCalls({ place, propose }: CallsOptions): Calls {
  const calls = new Map<string, Call>();

  function open({ id: nativeId, name = "" }: Block, parent: string | undefined): { call: Call; events: AgentEvent[] } | undefined {
    if (nativeId === undefined || nativeId === "") return undefined;
    const known = calls.get(nativeId);
    if (known !== undefined) return { call: known, events: [] };
    if (calls.size >= MAX_OPEN) return undefined;
    const tool = clipText(safeText(name), 200);
    const call: Call = {
      id: callIdOf(nativeId),
      tool,
      parent: parent === undefined ? undefined : callIdOf(parent),
      input: {},
      diffs: [],
      status: "pending",
    };
    calls.set(nativeId, call);
    // A list of what is to do is shown as the plan it is.
    if (tool === "TodoWrite") return { call, events: [] };
    const event: AgentEvent = {
      type: "tool.started",
      tool_call_id: call.id,
      ...parentOf(call),
      tool,
      title: titleOf(tool, {}, place),
      kind: kindOf(tool),
      status: "pending",
    };
    return { call, events: [event] };
  }

  function update(call: Call, changes: Omit<Extract<AgentEvent, { type: "tool.updated" }>, "type" | "tool_call_id">): AgentEvent[] {
    if (call.tool === "TodoWrite") return [];
    return [{ type: "tool.updated", tool_call_id: call.id, ...parentOf(call), ...changes }];
  }

  return {
    announce: (block, parent) => open(block, parent)?.events ?? [],
    describe(block, parent) {
      const opened = open(block, parent);
      if (opened === undefined) return [];
      const { call, events } = opened;
      call.input = safeInput(block.input ?? {}) ?? {};
      call.status = "in_progress";
      call.diffs = propose(call.tool, call.input);
      const entries = call.tool === "TodoWrite" ? planOf(call.input) : undefined;
      return [
        ...events,
        ...(entries === undefined ? [] : [{ type: "plan.updated", entries } as const]),
        ...update(call, {
          title: titleOf(call.tool, call.input, place),
          status: "in_progress",
          input: call.input,
          locations: locationsOf(call.input, place),
          ...(call.diffs.length === 0 ? {} : { content: [...call.diffs] }),
        }),
      ];
    },
    wait(nativeId, isWaiting) {
      const call = nativeId === undefined ? undefined : calls.get(nativeId);
      const status = isWaiting ? "pending" : "in_progress";
      if (call === undefined || call.status === status) return [];
      call.status = status;
      return update(call, { status });
    },
    finish(block, result) {
      const nativeId = block.tool_use_id;
      const call = nativeId === undefined ? undefined : calls.get(nativeId);
      if (nativeId === undefined || call === undefined) return [];
      calls.delete(nativeId);
      const text = textOf(block.content).replace(NO_OUTPUT, "");
      const failed = block.is_error === true;
      const code = call.tool === "Bash" ? exitCode(text, failed) : undefined;
      const ended = update(call, {
        status: failed ? "failed" : "completed",
        content: contentOf(call, { text, failed, result }),
        ...(code === undefined ? {} : { exit_code: code }),
      });
      const name = call.tool === "Read" ? basename(absolutePath(call.input, place) ?? "") : "";
      const shown = filesOf(block.content, { tool_call_id: call.id, ...parentOf(call), ...(name === "" ? {} : { name }) });
      return [...ended, ...shown];
    },
    inputOf: (nativeId) => (nativeId === undefined ? undefined : calls.get(nativeId)?.input),
    close(what) {
      const events: AgentEvent[] = [];
      for (const [nativeId, call] of calls) {
        if (what === "own" && call.parent !== undefined) continue;
        calls.delete(nativeId);
        events.push(...update(call, { status: "failed" }));
      }
      return events;
    },
  };
}

function parentOf({ parent }: Call) {
  return parent === undefined ? {} : { parent_tool_call_id: parent };
}

/** What a call shows when it is over; a diff says more than "has been updated successfully". */
function contentOf(call: Call, { text, failed, result }: { text: string; failed: boolean; result: unknown }): ToolContent[] {
  const texts: ToolContent[] =
    text === ""
      ? []
      : [{ type: "text", text: clipText(text, MAX_DELTA_CHARS), ...(text.length > MAX_DELTA_CHARS ? { truncated: true } : {}) }];
  if (kindOf(call.tool) !== "edit") return texts;
  if (failed) return [...texts, ...call.diffs];
  const made = madeDiff(result);
  // The path as it was proposed is absolute.
  const diffs = made === undefined ? [...call.diffs] : [{ ...made, path: call.diffs[0]?.path ?? made.path }];
  return diffs.length === 0 ? texts : diffs;
}

function textOf(content: unknown): string {
  if (typeof content === "string") return safeText(withoutMarks(content));
  if (!Array.isArray(content)) return "";
  const parts = content.map((part: unknown) => {
    if (typeof part !== "object" || part === null) return "";
    if ("text" in part && typeof part.text === "string") return part.text;
    return "type" in part && part.type === "image" && fileOf(part) === undefined ? "(an image)" : "";
  });
  return safeText(withoutMarks(parts.filter((part) => part !== "").join("\n")));
}

/** Claude Code puts failures between marks meant for the model. */
function withoutMarks(text: string): string {
  return text.replace(/^<tool_use_error>([\s\S]*)<\/tool_use_error>$/, "$1");
}

function exitCode(text: string, failed: boolean): number | undefined {
  const said = failed ? /^Exit code (\d{1,9})\b/.exec(text)?.[1] : undefined;
  return said === undefined ? undefined : Number(said);
}
