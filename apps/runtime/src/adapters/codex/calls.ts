/** The tool calls of a running turn: opened once, told what changed, and each brought to an end. */
import type { AgentEvent } from "@fairlead/protocol";
import { MAX_DELTA_CHARS } from "@fairlead/protocol";
import { safeText, splitText } from "../../process/text.ts";
import type { AdapterEvent } from "../contract.ts";
import { changesTitle, diffsOf, locationsOf } from "./changes.ts";
import { callId, finalStatus, itemFiles, viewCall } from "./items.ts";
import type { FileUpdate, Item } from "./wire.ts";

/** Streamed output is kept up to here (UTF-16 units), to find out at the end what was not streamed. */
const MAX_KEPT_OUTPUT = 64 * 1024;

interface OpenCall {
  readonly id: string;
  readonly item: Item;
  readonly parent: string | undefined;
  changes: readonly FileUpdate[];
  /** What was streamed; undefined once it is too long to keep. */
  streamed: string | undefined;
}

export interface Calls {
  /** Nothing for items that are no calls and for calls that are open already. */
  start(item: Item, parent?: string): AgentEvent[];
  output(itemId: string, text: string): AgentEvent[];
  patch(itemId: string, changes: readonly FileUpdate[]): AgentEvent[];
  finish(item: Item, parent?: string): AdapterEvent[];
  /** Ends the open calls of the agent itself, or those of the sub-agents below a call, or all. */
  close(status: "completed" | "failed", whose: { readonly parent: string | undefined } | "all"): AgentEvent[];
  /** The id of an open call, or undefined. */
  idOf(itemId: string): string | undefined;
  /** The changes that an open call proposes. */
  proposed(itemId: string): readonly FileUpdate[] | undefined;
  /** The open call that began last and passes. */
  latest(passes: (item: Item) => boolean): Item | undefined;
}

export function createCalls(workDir: string): Calls {
  const open = new Map<string, OpenCall>();

  function start(item: Item, parent?: string): AgentEvent[] {
    const view = open.has(item.id) ? undefined : viewCall(item, workDir);
    if (view === undefined) return [];
    const id = callId(item.id);
    open.set(item.id, { id, item, parent, changes: item.changes, streamed: "" });
    const ids = { tool_call_id: id, ...(parent === undefined ? {} : { parent_tool_call_id: parent }) };
    return [{ type: "tool.started", ...ids, ...view, status: "in_progress" }];
  }

  function delta(call: OpenCall, text: string): AgentEvent[] {
    if (call.streamed !== undefined)
      call.streamed = call.streamed.length + text.length > MAX_KEPT_OUTPUT ? undefined : call.streamed + text;
    return [...splitText(text, MAX_DELTA_CHARS)].map((piece) => ({ type: "tool.delta", tool_call_id: call.id, text: piece }));
  }

  /** Codex streams nothing of what a command wrote before its item was told; the whole output comes at the end. */
  function missingOutput(call: OpenCall, all: string): { readonly events: AgentEvent[]; readonly head: string } {
    const { streamed } = call;
    if (streamed === undefined || streamed.length >= all.length) return { events: [], head: "" };
    if (all.startsWith(streamed)) return { events: delta(call, all.slice(streamed.length)), head: "" };
    return { events: [], head: all.endsWith(streamed) ? all.slice(0, all.length - streamed.length) : "" };
  }

  function finish(item: Item, parent?: string): AdapterEvent[] {
    const events = start(item, parent);
    const call = open.get(item.id);
    const view = viewCall(item, workDir);
    if (call === undefined || view === undefined) return events;
    const { events: late, head } = missingOutput(call, safeText(item.aggregatedOutput ?? ""));
    open.delete(item.id);
    const isKnown = item.type === "fileChange" && JSON.stringify(item.changes) === JSON.stringify(call.changes);
    const content =
      head === "" ? view.content : [...splitText(head, MAX_DELTA_CHARS)].slice(0, 8).map((text) => ({ type: "text", text }) as const);
    const shown =
      content === undefined || isKnown ? {} : { title: view.title, content, ...(view.locations ? { locations: view.locations } : {}) };
    const exit = typeof item.exitCode === "number" ? { exit_code: item.exitCode } : {};
    const ids = { tool_call_id: call.id, ...(parent === undefined ? {} : { parent_tool_call_id: parent }) };
    const ended = { type: "tool.updated", tool_call_id: call.id, status: finalStatus(item), ...shown, ...exit } as const;
    return [...events, ...late, ended, ...itemFiles(item, workDir).map((file) => ({ ...file, ...ids }))];
  }

  return {
    start,
    finish,
    output(itemId, text) {
      const call = open.get(itemId);
      return call === undefined ? [] : delta(call, safeText(text));
    },
    patch(itemId, changes) {
      const call = open.get(itemId);
      if (call === undefined) return [];
      call.changes = changes;
      const title = changesTitle(changes, workDir);
      return [{ type: "tool.updated", tool_call_id: call.id, title, content: diffsOf(changes), locations: locationsOf(changes) }];
    },
    close(status, whose) {
      const ended = [...open].filter(([, { parent }]) => whose === "all" || parent === whose.parent);
      for (const [key] of ended) open.delete(key);
      return ended.map(([, { id }]) => ({ type: "tool.updated", tool_call_id: id, status }));
    },
    idOf: (itemId) => open.get(itemId)?.id,
    proposed: (itemId) => open.get(itemId)?.changes,
    latest: (passes) => [...open.values()].findLast(({ item }) => passes(item))?.item,
  };
}
