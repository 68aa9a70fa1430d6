/** An ACP agent's updates → our events. Pure: what it keeps is only what the agent said before. */
import { type AgentEvent, MAX_DELTA_CHARS, type MessageKind } from "@fairlead/protocol";
import { clipText, safeText, splitText } from "../../process/text.ts";
import type { AdapterEvent } from "../contract.ts";
import { fileOf } from "../made-files.ts";
import type { NoticeCode } from "../notices.ts";
import { blockText } from "./content.ts";
import { createOptions, type SessionOptions } from "./options.ts";
import { createToolCalls, type ToolCalls } from "./tool-calls.ts";
import { createUsage, type TurnUsage } from "./usage.ts";
import { contentBlockSchema, type NativeUpdate, toolCallSchema } from "./wire.ts";

const MAX_PLAN = 200;
const MAX_COMMANDS = 200;
/** How much of a turn's last words is kept to judge its end by. */
const MAX_WORDS = 2_000;

/**
 * What an update belongs to. `history`: a conversation that is being loaded; `turn`: the running turn; `idle`: none, after a turn that ended
 * by itself; `muted`: none, after one that was stopped, or while an option is set: what it says then is not shown.
 */
export type Phase = "history" | "turn" | "idle" | "muted";

/** What the agent did in the turn so far. */
export interface Deeds {
  /** Its last words. */
  readonly words: string;
  readonly hasWorked: boolean;
  /** It said in its own way that the turn has failed. */
  readonly hasFailed: boolean;
}

export interface Translator {
  readonly calls: ToolCalls;
  readonly options: SessionOptions;
  readonly usage: TurnUsage;
  begin(): void;
  update(native: NativeUpdate, phase: Phase): AdapterEvent[];
  deeds(): Deeds;
}

export interface TranslatorOptions {
  readonly work_dir: string;
  /** See `createUsage`. */
  readonly sums_usage: boolean;
  /** A notice, unless there have been too many of its kind. */
  notice(level: "info" | "warning", code: NoticeCode, text: string): AgentEvent | undefined;
}

const KNOWN_KINDS: ReadonlySet<string> = new Set(["tool_call", "tool_call_update", "plan", "session_info_update", "usage_update"]);

const NO_DEEDS: Deeds = { words: "", hasWorked: false, hasFailed: false };

export function createTranslator({ work_dir, sums_usage, notice }: TranslatorOptions): Translator {
  const calls = createToolCalls(work_dir);
  const options = createOptions();
  const usage = createUsage({ sums: sums_usage });
  let deeds = NO_DEEDS;
  /** The message whose piece came last, to keep messages apart that follow each other. */
  let lastMessage: string | undefined;
  /** The next piece begins a new message: the agent has asked its model again. */
  let beginsAnew = false;

  function speak(kind: MessageKind, native: NativeUpdate): AdapterEvent[] {
    const block = contentBlockSchema.safeParse(native.content).data;
    const parent = calls.find(native._meta?.claudeCode?.parentToolUseId ?? "");
    const from = parent === undefined ? {} : { parent_tool_call_id: parent.id };
    const file = fileOf(block, from);
    if (file !== undefined) {
      lastMessage = undefined;
      deeds = { ...deeds, hasWorked: true };
      return [file];
    }
    const text = block === undefined ? "" : blockText(block);
    if (text === "") return [];
    const message = native.messageId === undefined ? undefined : `${kind} ${native.messageId}`;
    const isNext = message !== undefined && lastMessage !== undefined && lastMessage !== message && lastMessage.startsWith(`${kind} `);
    lastMessage = message;
    const words = kind === "answer" ? (isNext || beginsAnew ? text : deeds.words + text).slice(0, MAX_WORDS) : deeds.words;
    beginsAnew = false;
    deeds = { ...deeds, words, hasWorked: true };
    return [...splitText(isNext ? `\n\n${text}` : text, MAX_DELTA_CHARS)].map((piece) => ({
      type: "message.delta",
      kind,
      text: piece,
      ...from,
    }));
  }

  function toolCall(native: NativeUpdate): AdapterEvent[] {
    const call = toolCallSchema.safeParse(native).data;
    if (call === undefined) return told("warning", "bad_line", "The agent told of a tool call without an id.");
    lastMessage = undefined;
    deeds = { ...deeds, words: "", hasWorked: true };
    return calls.upsert(call);
  }

  function inform(native: NativeUpdate): AgentEvent[] {
    const codex = native._meta?.codex;
    const status = codex?.threadStatus?.type;
    if (status !== undefined) deeds = { ...deeds, hasFailed: status === "systemError" };
    if (codex?.error?.willRetry !== true) return [];
    const { message = "", additionalDetails = "" } = codex.error;
    return told("warning", "retrying", `The agent tries again: ${[message, additionalDetails].filter((text) => text !== "").join(": ")}`);
  }

  function told(level: "info" | "warning", code: NoticeCode, text: string): AgentEvent[] {
    const event = notice(level, code, text);
    return event === undefined ? [] : [event];
  }

  /** What holds for the conversation, whenever it is said. */
  function standing(native: NativeUpdate): AgentEvent[] | undefined {
    switch (native.sessionUpdate) {
      case "available_commands_update":
        return [commandsOf(native)];
      case "current_mode_update":
        if (native.currentModeId === undefined) return [];
        options.setMode(native.currentModeId);
        return [options.event()];
      case "config_option_update":
        return options.take({ configOptions: native.configOptions }) ? [options.event()] : [];
      default:
        return undefined;
    }
  }

  /** What belongs to the running turn. */
  function inTurn(native: NativeUpdate): AdapterEvent[] | undefined {
    switch (native.sessionUpdate) {
      case "tool_call":
      case "tool_call_update":
        return toolCall(native);
      case "plan":
        return [planOf(native)];
      case "session_info_update":
        return inform(native);
      default:
        return undefined;
    }
  }

  function update(native: NativeUpdate, phase: Phase): AdapterEvent[] {
    const kind = native.sessionUpdate;
    const lasting = standing(native);
    // The options of a session that is being opened are told once it is.
    if (lasting !== undefined) return phase === "history" ? lasting.filter(({ type }) => type !== "config.updated") : lasting;
    // Money and context are counted whenever they are told.
    const used = kind === "usage_update" ? usage.standing(native) : [];
    beginsAnew ||= kind === "usage_update";
    // Our own words, and what belongs to no turn any more.
    if (kind === "user_message_chunk" || phase === "history" || phase === "muted") return [];
    if (kind === "agent_message_chunk") return speak("answer", native);
    if (kind === "agent_thought_chunk") return speak("thought", native);
    if (!KNOWN_KINDS.has(kind)) return told("info", "unknown_message", `The agent sent an unknown update: ${kind.slice(0, 64)}`);
    return phase === "turn" ? (inTurn(native) ?? used) : [];
  }

  return {
    calls,
    options,
    usage,
    begin() {
      usage.begin();
      deeds = NO_DEEDS;
      lastMessage = undefined;
    },
    update,
    deeds: () => deeds,
  };
}

function planOf({ entries = [] }: NativeUpdate): AgentEvent {
  const plan = entries
    .slice(0, MAX_PLAN)
    .map(({ content, priority, status }) => ({ content: clipText(safeText(content), 2_000), priority, status }));
  return { type: "plan.updated", entries: plan };
}

function commandsOf({ availableCommands = [] }: NativeUpdate): AgentEvent {
  const commands = availableCommands
    .filter(({ name }) => name.length <= 200)
    .slice(0, MAX_COMMANDS)
    .map(({ name, description = "", input }) => ({
      name: safeText(name),
      description: clipText(safeText(description), 500),
      ...(input?.hint === undefined ? {} : { hint: clipText(safeText(input.hint), 200) }),
    }));
  return { type: "commands.updated", commands };
}

/** A turn that its agent calls done although it has failed, as far as the agent lets that be seen. */
export function hiddenFailure({
  words,
  hasWorked,
  hasFailed,
}: Deeds): { readonly failed: true; readonly words: string } | string | undefined {
  if (hasFailed) return { failed: true, words: words.trim() };
  if (!hasWorked) return "The agent ended the turn without a word. It may have failed: some agents do not say so.";
  if (/^\s*error:/i.test(words)) return "The agent calls the turn done, but its last words are an error.";
  return undefined;
}
