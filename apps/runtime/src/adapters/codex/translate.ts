/** Notifications of `codex app-server` → what the agent said and did. Holds a little state, touches nothing. */
import { type AgentEvent, idSchema, MAX_DELTA_CHARS, type MessageKind } from "@fairlead/protocol";
import type { z } from "zod";
import type { RpcId } from "../../process/json-rpc.ts";
import { clipText, safeText, splitText } from "../../process/text.ts";
import type { AdapterEvent } from "../contract.ts";
import { type Calls, createCalls } from "./calls.ts";
import { failureText } from "./failures.ts";
import { callId } from "./items.ts";
import { createUsageCounter } from "./usage.ts";
import * as wire from "./wire.ts";

/** Sub-agents' conversations that are remembered. */
const MAX_THREADS = 1_000;
/** Messages whose streamed length is remembered, and warnings told once. */
const MAX_REMEMBERED = 1_000;

export interface TurnEnd {
  readonly status: "completed" | "interrupted" | "failed";
  readonly failure: wire.Failure | undefined;
}

export interface Translation {
  readonly events: readonly AdapterEvent[];
  /** The running turn is over. */
  readonly ended?: TurnEnd;
  /** The agent no longer waits for the answer to this request of its own. */
  readonly resolved?: RpcId;
  /** What is wrong with the message, for a notice. */
  readonly trouble?: { readonly code: "retrying" | "diagnostic" | "bad_line" | "unknown_message"; readonly text: string };
}

export interface Translator {
  readonly calls: Calls;
  /** The conversation to listen to; whatever was open in the one before is forgotten. */
  follow(threadId: string): void;
  beginTurn(): void;
  /** What `turn/start` answered. */
  identifyTurn(turnId: string): void;
  /** The running turn, once the agent has named it. */
  turnId(): string | undefined;
  /** Sub-agents that work. */
  workers(): readonly { readonly threadId: string; readonly turnId: string }[];
  /** Ends the turn: what belongs to it is not told any more. */
  endTurn(status: "completed" | "failed"): readonly AgentEvent[];
  take(method: string, params: unknown): Translation;
}

const NOTHING: Translation = { events: [] };

/** The sub-agent that speaks, by the call that made it and its conversation; undefined: the agent itself. */
interface Origin {
  readonly parent: string | undefined;
  readonly thread: string | undefined;
}

type Taker = (params: unknown, origin: Origin) => Translation;

/** A handler for messages of one shape; others are told and skipped. */
function taker<T>(schema: z.ZodType<T>, take: (message: T, origin: Origin) => Translation): Taker {
  return (params, origin) => {
    const parsed = schema.safeParse(params);
    return parsed.success ? take(parsed.data, origin) : { events: [], trouble: { code: "bad_line", text: "without the fields it needs" } };
  };
}

export function createTranslator(workDir: string): Translator {
  const calls = createCalls(workDir);
  let usage = createUsageCounter();
  /** Sub-agents' conversations → the call that made them. */
  const parents = new Map<string, string>();
  /** Sub-agents that work, also when the turn that made them is over: conversation → turn. */
  const workers = new Map<string, string>();
  /** Messages → how much of them was streamed. */
  const streamed = new Map<string, number>();
  const told = new Set<string>();
  let main: string | undefined;
  let current: { id: string | undefined } | undefined;
  let last: string | undefined;
  let failure: wire.Failure | undefined;

  function remember<K, V>(map: Map<K, V>, key: K, value: V): void {
    const [oldest] = map.keys();
    if (map.size >= MAX_REMEMBERED && oldest !== undefined && !map.has(key)) map.delete(oldest);
    map.set(key, value);
  }

  /** Whether a message belongs to the running turn; the first of a new turn names it. */
  function originOf(method: string, params: unknown): Origin | undefined {
    const { threadId, turnId } = wire.envelopeSchema.safeParse(params).data ?? {};
    if (threadId && threadId !== main) {
      const parent = parents.get(threadId);
      const works = method === "turn/started" || (turnId ?? workers.get(threadId)) === workers.get(threadId);
      return parent !== undefined && works ? { parent, thread: threadId } : undefined;
    }
    if (current === undefined) return undefined;
    if (current.id === undefined && turnId && turnId !== last && method.startsWith("item/")) current.id = turnId;
    return turnId && turnId !== current.id ? undefined : { parent: undefined, thread: undefined };
  }

  function speak(kind: MessageKind, text: string, { itemId, origin }: { itemId: string; origin: Origin }): AgentEvent[] {
    const ids = {
      ...(idSchema.safeParse(itemId).success ? { message_id: itemId } : {}),
      ...(origin.parent === undefined ? {} : { parent_tool_call_id: origin.parent }),
    };
    return [...splitText(safeText(text), MAX_DELTA_CHARS)].map((piece) => ({ type: "message.delta", kind, text: piece, ...ids }));
  }

  const delta = (kind: MessageKind) =>
    taker(wire.deltaEventSchema, ({ itemId, delta: text }, origin) => {
      remember(streamed, itemId, (streamed.get(itemId) ?? 0) + text.length);
      return { events: speak(kind, text, { itemId, origin }) };
    });

  /** What of a whole text was not streamed. */
  function restOf(item: wire.Item, whole: string, kind: MessageKind, origin: Origin): AgentEvent[] {
    const length = streamed.get(item.id) ?? 0;
    streamed.delete(item.id);
    return speak(kind, whole.slice(length), { itemId: item.id, origin });
  }

  function adopt(item: wire.Item): void {
    const threads = item.type === "collabAgentToolCall" ? item.receiverThreadIds : item.agentThreadId ? [item.agentThreadId] : [];
    for (const thread of threads)
      if (thread !== main && parents.size < MAX_THREADS && !parents.has(thread)) parents.set(thread, callId(item.id));
  }

  function completed(item: wire.Item, origin: Origin): Translation {
    adopt(item);
    switch (item.type) {
      case "agentMessage":
      case "plan":
        return { events: restOf(item, item.text ?? "", "answer", origin) };
      case "reasoning":
        return { events: streamed.has(item.id) ? [] : restOf(item, item.summary.join("\n\n"), "thought", origin) };
      case "exitedReviewMode":
        return { events: restOf(item, item.review ?? "", "answer", origin) };
      case "contextCompaction":
        return { events: [], trouble: { code: "diagnostic", text: "Codex shortened the conversation to fit the model's context." } };
      default:
        return { events: calls.finish(item, origin.parent) };
    }
  }

  function warn(message: z.infer<typeof wire.warningEventSchema>): Translation {
    const text = [message.message ?? message.summary, message.details].filter(Boolean).join("\n");
    if (text === "" || told.has(text)) return NOTHING;
    if (told.size < MAX_REMEMBERED) told.add(text);
    return { events: [], trouble: { code: "diagnostic", text } };
  }

  function turnStarted({ turn }: z.infer<typeof wire.turnEventSchema>, { thread }: Origin): Translation {
    if (thread !== undefined) workers.set(thread, turn.id);
    else if (current !== undefined && turn.id !== last) current.id ??= turn.id;
    return NOTHING;
  }

  function turnCompleted({ turn }: z.infer<typeof wire.turnEventSchema>, { thread, parent }: Origin): Translation {
    if (thread !== undefined) {
      if (workers.get(thread) === turn.id) workers.delete(thread);
      return { events: turn.status === "completed" ? [] : calls.close("failed", { parent }) };
    }
    if (current === undefined || (current.id !== undefined && current.id !== turn.id) || turn.id === last) return NOTHING;
    if (turn.status === "completed") return { events: [], ended: { status: "completed", failure: undefined } };
    if (turn.status === "interrupted") return { events: [], ended: { status: "interrupted", failure: undefined } };
    return { events: [], ended: { status: "failed", failure: turn.error ?? failure } };
  }

  /** Messages that count only within a running turn, of the agent or of a sub-agent. */
  const inTurn = new Map<string, Taker>([
    ["turn/started", taker(wire.turnEventSchema, turnStarted)],
    ["turn/completed", taker(wire.turnEventSchema, turnCompleted)],
    [
      "item/started",
      taker(wire.itemEventSchema, ({ item }, { parent }) => {
        adopt(item);
        return { events: calls.start(item, parent) };
      }),
    ],
    ["item/completed", taker(wire.itemEventSchema, ({ item }, origin) => completed(item, origin))],
    ["item/agentMessage/delta", delta("answer")],
    ["item/plan/delta", delta("answer")],
    ["item/reasoning/summaryTextDelta", delta("thought")],
    ["item/reasoning/textDelta", delta("thought")],
    [
      "item/reasoning/summaryPartAdded",
      taker(wire.partEventSchema, ({ itemId, summaryIndex }, origin) => ({
        events: summaryIndex ? speak("thought", "\n\n", { itemId, origin }) : [],
      })),
    ],
    [
      "item/commandExecution/outputDelta",
      taker(wire.deltaEventSchema, ({ itemId, delta: text }) => ({ events: calls.output(itemId, text) })),
    ],
    [
      "item/mcpToolCall/progress",
      taker(wire.progressEventSchema, ({ itemId, message }) => ({ events: calls.output(itemId, `${message}\n`) })),
    ],
    ["item/fileChange/patchUpdated", taker(wire.patchEventSchema, ({ itemId, changes }) => ({ events: calls.patch(itemId, changes) }))],
    [
      "turn/plan/updated",
      taker(wire.planEventSchema, ({ plan }, { thread }) => (thread === undefined ? { events: [planEvent(plan)] } : NOTHING)),
    ],
    [
      "error",
      taker(wire.errorEventSchema, ({ error, willRetry }, { thread }) => {
        if (willRetry) return { events: [], trouble: { code: "retrying", text: failureText(error) } };
        if (thread === undefined) failure = error;
        return NOTHING;
      }),
    ],
  ]);

  /** Messages that count at any time. */
  const always = new Map<string, (params: unknown) => Translation>();
  const anytime = <T>(method: string, schema: z.ZodType<T>, take: (message: T) => Translation) =>
    always.set(method, (params) => taker(schema, take)(params, { parent: undefined, thread: undefined }));
  anytime("serverRequest/resolved", wire.resolvedEventSchema, ({ requestId }) => ({ events: [], resolved: requestId }));
  for (const method of ["warning", "configWarning", "guardianWarning"]) anytime(method, wire.warningEventSchema, warn);
  for (const method of ["modelProvider/authRecoveryStarted", "modelProvider/authRecoveryCompleted"])
    anytime(method, wire.warningEventSchema, warn);
  anytime("model/rerouted", wire.reroutedEventSchema, ({ fromModel, toModel }) =>
    warn({ message: `The model ${toModel ?? "?"} answers instead of ${fromModel ?? "?"}.` }),
  );

  function count(params: unknown): Translation {
    const parsed = wire.usageEventSchema.safeParse(params).data;
    const { threadId, turnId } = wire.envelopeSchema.safeParse(params).data ?? {};
    if (parsed === undefined || threadId !== main) return NOTHING;
    if (current?.id !== undefined && turnId === current.id) {
      return { events: [{ type: "usage.updated", usage: usage.count(parsed.tokenUsage) }] };
    }
    usage.skip(parsed.tokenUsage);
    return NOTHING;
  }

  return {
    calls,
    follow(threadId) {
      if (main !== threadId) usage = createUsageCounter();
      main = threadId;
      parents.clear();
      workers.clear();
      streamed.clear();
    },
    beginTurn() {
      current = { id: undefined };
      failure = undefined;
      usage.begin();
    },
    identifyTurn(turnId) {
      if (current !== undefined) current.id ??= turnId;
    },
    turnId: () => current?.id,
    workers: () => [...workers].map(([threadId, turnId]) => ({ threadId, turnId })),
    endTurn(status) {
      last = current?.id ?? last;
      current = undefined;
      streamed.clear();
      if (status === "completed") return calls.close(status, { parent: undefined });
      // Sub-agents are stopped with the agent.
      workers.clear();
      return calls.close(status, "all");
    },
    take(method, params) {
      if (method === "thread/tokenUsage/updated") return count(params);
      const handler = always.get(method);
      if (handler !== undefined) return named(method, handler(params));
      const turnHandler = inTurn.get(method);
      if (turnHandler === undefined) return wire.IGNORED_NOTIFICATIONS.has(method) ? NOTHING : unknownMessage(method);
      const origin = originOf(method, params);
      return origin === undefined ? NOTHING : named(method, turnHandler(params, origin));
    },
  };

  /** New versions say new things; each is told once. */
  function unknownMessage(method: string): Translation {
    const name = clipText(safeText(method), 100);
    if (told.has(name) || told.size >= MAX_REMEMBERED) return NOTHING;
    told.add(name);
    return { events: [], trouble: { code: "unknown_message", text: `Codex sent "${name}", which this version does not know.` } };
  }
}

function named(method: string, translation: Translation): Translation {
  const { trouble } = translation;
  if (trouble?.code !== "bad_line") return translation;
  return { ...translation, trouble: { code: "bad_line", text: `Codex sent "${method}" ${trouble.text}.` } };
}

function planEvent(plan: z.infer<typeof wire.planEventSchema>["plan"]): AgentEvent {
  const entries = plan.slice(0, 200).map(({ step, status }) => ({
    content: clipText(safeText(step), 2_000),
    priority: "medium" as const,
    status: status === "completed" ? ("completed" as const) : status === "inProgress" ? ("in_progress" as const) : ("pending" as const),
  }));
  return { type: "plan.updated", entries };
}
