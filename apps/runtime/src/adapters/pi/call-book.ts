/** The calls of one turn, from their first mention to their end: pi's messages about tools → our events. Pure. */
import { basename } from "node:path";
import { type AgentEvent, type DiffContent, MAX_DELTA_CHARS, type ToolContent, type ToolInput } from "@fairlead/protocol";
import { z } from "zod";
import { clipText, safeText, splitText } from "../../process/text.ts";
import type { AdapterEvent } from "../contract.ts";
import { filesOf } from "../made-files.ts";
import { fromPatch } from "../patch.ts";
import { kindOf, locationsOf, type Place, pathOf, titleOf } from "../pi-tools.ts";
import { safeInput } from "../safe-input.ts";
import type { ToolResult } from "./wire.ts";

interface Call {
  /** Our id. pi's ids come from the model's provider: some are too long, some repeat. */
  readonly id: string;
  readonly tool: string;
  input: ToolInput;
  /** `announced`: the model still writes it. */
  phase: "announced" | "running" | "over";
  /** Output shown so far. */
  output: string;
  diffs: readonly DiffContent[];
}

export interface CallBookOptions {
  readonly place: Place;
  newId(): string;
  preview(tool: string, input: ToolInput): DiffContent[];
}

export interface CallBook {
  /** Our id of pi's call, if it is known in this turn. */
  idOf(nativeId: string): string | undefined;
  announce(nativeId: string | undefined, tool: string | undefined): AgentEvent[];
  /** The model has written the call to its end. */
  describe(nativeId: string, tool: string, input: ToolInput): AgentEvent[];
  begin(nativeId: string, tool: string, input: ToolInput): AgentEvent[];
  progress(nativeId: string, tool: string, partial: ToolResult): AgentEvent[];
  finish(nativeId: string, tool: string, end: { readonly result: ToolResult; readonly isError: boolean }): AdapterEvent[];
  /** The message failed: calls in it that were only announced never run. */
  dropUnstarted(): AgentEvent[];
  /** Fails what is open and forgets all. */
  close(): AgentEvent[];
}

const todosSchema = z.array(z.looseObject({ text: z.string(), done: z.boolean().catch(false) })).min(1);

export function createCallBook({ place, newId, preview }: CallBookOptions): CallBook {
  const calls = new Map<string, Call>();

  function open(nativeId: string, tool: string, input: ToolInput, phase: Call["phase"]): { call: Call; events: AgentEvent[] } {
    const known = calls.get(nativeId);
    if (known !== undefined && known.phase !== "over") return { call: known, events: [] };
    const call: Call = { id: newId(), tool: clipText(safeText(tool), 200), input, phase, output: "", diffs: [] };
    calls.set(nativeId, call);
    const status = phase === "announced" ? "pending" : "in_progress";
    const title = phase === "announced" && Object.keys(input).length === 0 ? call.tool : titleOf(tool, input);
    return { call, events: [{ type: "tool.started", tool_call_id: call.id, tool: call.tool, title, kind: kindOf(tool), status }] };
  }

  function described({ id, tool, input }: Call) {
    return { type: "tool.updated", tool_call_id: id, title: titleOf(tool, input), input, locations: locationsOf(input, place) } as const;
  }

  function show(call: Call, text: string): AgentEvent[] {
    const rest = continuation(call.output, text);
    call.output = text;
    return [...splitText(rest, MAX_DELTA_CHARS)].map((piece) => ({ type: "tool.delta", tool_call_id: call.id, text: piece }));
  }

  function fail(call: Call): AgentEvent {
    call.phase = "over";
    return { type: "tool.updated", tool_call_id: call.id, status: "failed" };
  }

  return {
    idOf: (nativeId) => calls.get(nativeId)?.id,
    announce(nativeId, tool) {
      // Some providers name a call only later; it is then known from its end on.
      return nativeId === undefined || nativeId === "" || tool === undefined ? [] : open(nativeId, tool, {}, "announced").events;
    },
    describe(nativeId, tool, input) {
      const safe = safeInput(input) ?? {};
      const { call, events } = open(nativeId, tool, safe, "announced");
      call.input = safe;
      return [...events, described(call)];
    },
    begin(nativeId, tool, input) {
      const safe = safeInput(input) ?? {};
      const { call, events } = open(nativeId, tool, safe, "running");
      call.phase = "running";
      call.input = safe;
      call.diffs = preview(tool, safe);
      return [...events, { ...described(call), status: "in_progress", ...(call.diffs.length === 0 ? {} : { content: [...call.diffs] }) }];
    },
    progress(nativeId, tool, partial) {
      const { call, events } = open(nativeId, tool, {}, "running");
      const text = textOf(partial);
      return text === "" ? events : [...events, ...show(call, text)];
    },
    finish(nativeId, tool, { result, isError }) {
      const { call, events } = open(nativeId, tool, {}, "running");
      call.phase = "over";
      const text = textOf(result);
      const isOutput = call.tool === "bash" && (call.output !== "" || !isError);
      if (isOutput && text !== "(no output)") events.push(...show(call, text));
      const code = exitCode(call.tool, result, isError);
      return [
        ...events,
        {
          type: "tool.updated",
          tool_call_id: call.id,
          status: isError ? "failed" : "completed",
          ...(isOutput ? {} : { content: contentOf(call, result, isError) }),
          ...(code === undefined ? {} : { exit_code: code }),
        },
        ...(isError ? [] : planOf(result)),
        ...filesOf(result.content, { tool_call_id: call.id, ...nameOf(call, place) }),
      ];
    },
    dropUnstarted: () => [...calls.values()].filter(({ phase }) => phase === "announced").map(fail),
    close() {
      const events = [...calls.values()].filter(({ phase }) => phase !== "over").map(fail);
      calls.clear();
      return events;
    },
  };
}

/** What a call shows when it is over; a diff says more than "Successfully replaced". */
function contentOf(call: Call, result: ToolResult, isError: boolean): ToolContent[] {
  const text = textOf(result);
  const texts: ToolContent[] =
    text === ""
      ? []
      : [{ type: "text", text: clipText(text, MAX_DELTA_CHARS), ...(text.length > MAX_DELTA_CHARS ? { truncated: true } : {}) }];
  const [first] = call.diffs;
  if (first === undefined) return texts;
  if (isError) return [...texts, ...call.diffs];
  const { patch } = result.details ?? {};
  return patch === undefined ? [...call.diffs] : [fromPatch({ path: first.path, change: first.change }, safeText(patch))];
}

function textOf({ content }: ToolResult): string {
  return safeText(
    content
      .filter(({ type }) => type === "text")
      .map(({ text }) => text ?? "")
      .join("\n"),
  );
}

/** A picture that was read is called as its file is. */
function nameOf({ tool, input }: Call, place: Place): { readonly name?: string } {
  const path = tool === "read" ? pathOf(input, place) : undefined;
  return path === undefined ? {} : { name: basename(path) };
}

function exitCode(tool: string, result: ToolResult, isError: boolean): number | undefined {
  if (tool !== "bash") return undefined;
  const { exit_code } = result.structuredContent ?? {};
  if (exit_code !== undefined) return exit_code;
  if (!isError) return 0;
  const said = /Command exited with code (\d{1,9})\s*$/.exec(textOf(result))?.[1];
  return said === undefined ? undefined : Number(said);
}

/** A to-do list that a tool keeps, as pi's own example of one does. */
function planOf({ details }: ToolResult): AgentEvent[] {
  const todos = todosSchema.safeParse(details?.todos);
  if (!todos.success) return [];
  const entries = todos.data.slice(0, 200).map(({ text, done }) => ({
    content: clipText(safeText(text), 2_000),
    priority: "medium" as const,
    status: done ? ("completed" as const) : ("pending" as const),
  }));
  return [{ type: "plan.updated", entries }];
}

/** How much of the shown text is looked for in the new one. */
const OVERLAP_CHARS = 400;

/** What `after` adds to `before`. pi sends all of a command's output so far, or only its end once that is long. */
function continuation(before: string, after: string): string {
  if (after.startsWith(before)) return after.slice(before.length);
  const tail = before.slice(-OVERLAP_CHARS);
  const at = after.indexOf(tail);
  return at === -1 ? `\n…\n${after}` : after.slice(at + tail.length);
}
