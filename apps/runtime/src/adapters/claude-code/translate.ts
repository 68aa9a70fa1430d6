/** Claude Code's messages → our events. Pure but for a small memory of what has been shown. */
import { type AgentEvent, MAX_DELTA_CHARS, type MessageKind, type ToolInput } from "@fairlead/protocol";
import { safeText, splitText } from "../../process/text.ts";
import type { AdapterEvent } from "../contract.ts";
import { type CallsOptions, createCalls } from "./calls.ts";
import { callIdOf } from "./tools.ts";
import type { AssistantMessage, Block, NativeMessage, NativeUsage, StreamEvent, SystemMessage, UserMessage } from "./wire.ts";

/** Messages of one turn that are remembered as streamed. */
const MAX_STREAMED = 10_000;
/** The model that Claude Code names where it speaks itself. */
const ITSELF = "<synthetic>";

export interface Translator {
  receive(message: NativeMessage): AdapterEvent[];
  /** A call waits for an answer, or may go on. */
  wait(nativeCallId: string | undefined, isWaiting: boolean): AgentEvent[];
  /** A call's input as the model wrote it. */
  inputOf(nativeCallId: string | undefined): ToolInput | undefined;
  beginTurn(): void;
  /** `broken`: the turn was interrupted or Claude Code is gone. `said`: its last words, told unless it has said something. */
  endTurn(end: { readonly broken: boolean; readonly said?: string | undefined }): AgentEvent[];
  /** How full the model's context is, as of its last answer. */
  contextTokens(): number | undefined;
}

export function createTranslator(options: CallsOptions): Translator {
  const calls = createCalls(options);
  /** Message ids of which text or thoughts came piece by piece. */
  const streamed = new Set<string>();
  /** The message that is being streamed, by the call of the sub-agent that speaks ("": the agent itself). */
  const current = new Map<string, string>();
  let contextTokens: number | undefined;
  let hasSpoken = false;
  let isCompacted = false;

  function say(kind: MessageKind, text: string, parent: string | undefined): AgentEvent[] {
    if (kind === "answer" && parent === undefined && text !== "") hasSpoken = true;
    const from = parent === undefined ? {} : { parent_tool_call_id: callIdOf(parent) };
    return [...splitText(safeText(text), MAX_DELTA_CHARS)].map((piece) => ({ type: "message.delta", kind, text: piece, ...from }));
  }

  function stream({ event, parent_tool_use_id }: StreamEvent): AgentEvent[] {
    const parent = parent_tool_use_id ?? undefined;
    switch (event.type) {
      case "message_start":
        if (event.message?.id !== undefined) current.set(parent ?? "", event.message.id);
        if (parent === undefined && event.message?.usage !== undefined) contextTokens = sizeOf(event.message.usage);
        return [];
      case "message_delta":
        if (parent === undefined) contextTokens = (contextTokens ?? 0) + (event.usage?.output_tokens ?? 0);
        return [];
      case "content_block_start":
        return event.content_block?.type === "tool_use" ? calls.announce(event.content_block, parent) : [];
      case "content_block_delta":
        return delta(event.delta ?? {}, parent);
      default:
        return [];
    }
  }

  function delta({ type, text, thinking }: NonNullable<StreamEvent["event"]["delta"]>, parent: string | undefined): AgentEvent[] {
    const isText = type === "text_delta";
    const piece = isText ? text : type === "thinking_delta" ? thinking : undefined;
    if (piece === undefined || piece === "") return [];
    const id = current.get(parent ?? "");
    if (id !== undefined && streamed.size < MAX_STREAMED) streamed.add(id);
    return say(isText ? "answer" : "thought", piece, parent);
  }

  function assistant({ message, parent_tool_use_id, error }: AssistantMessage): AgentEvent[] {
    const parent = parent_tool_use_id ?? undefined;
    // A failure is told by the turn's end; after a compaction Claude Code repeats what it had said itself.
    const isSilent = error !== undefined || (message.model === ITSELF && isCompacted);
    const wasStreamed = message.id !== undefined && streamed.has(message.id);
    return message.content.flatMap((block: Block) => {
      if (block.type === "tool_use") return calls.describe(block, parent);
      if (isSilent || wasStreamed) return [];
      if (block.type === "text") return say("answer", block.text ?? "", parent);
      return block.type === "thinking" ? say("thought", block.thinking ?? "", parent) : [];
    });
  }

  function user({ message, tool_use_result }: UserMessage): AdapterEvent[] {
    return message.content.flatMap((block: Block) => (block.type === "tool_result" ? calls.finish(block, tool_use_result) : []));
  }

  function system(message: SystemMessage): AgentEvent[] {
    if (message.subtype === "api_retry") return [{ type: "notice", level: "warning", code: "retrying", text: retryText(message) }];
    if (message.subtype !== "compact_boundary") return [];
    isCompacted = true;
    return [{ type: "notice", level: "info", code: "diagnostic", text: "Claude Code has summed up the conversation to make room." }];
  }

  return {
    receive(message) {
      switch (message.type) {
        case "stream_event":
          return stream(message);
        case "assistant":
          return assistant(message);
        case "user":
          return user(message);
        case "system":
          return system(message);
        case "rate_limit_event": {
          const { status } = message.rate_limit_info;
          if (status === undefined || status === "allowed") return [];
          const text = status === "rejected" ? "A usage limit of Claude is reached." : "A usage limit of Claude is near.";
          return [{ type: "notice", level: "warning", code: "diagnostic", text }];
        }
        default:
          return [];
      }
    },
    wait: calls.wait,
    inputOf: calls.inputOf,
    beginTurn() {
      hasSpoken = false;
      isCompacted = false;
    },
    endTurn({ broken, said = "" }) {
      const last = hasSpoken || said === "" ? [] : say("answer", said, undefined);
      streamed.clear();
      current.clear();
      return [...last, ...calls.close(broken ? "all" : "own")];
    },
    contextTokens: () => contextTokens,
  };
}

/** All that the model was given for one answer, what was cached included. */
export function sizeOf({ input_tokens = 0, cache_read_input_tokens = 0, cache_creation_input_tokens = 0 }: NativeUsage): number {
  return input_tokens + cache_read_input_tokens + cache_creation_input_tokens;
}

function retryText({ attempt, max_retries, retry_delay_ms, error_status, error }: SystemMessage): string {
  const why = [error, error_status].filter((part) => part !== undefined && part !== null).join(" ");
  const when = retry_delay_ms === undefined ? "" : ` in ${(retry_delay_ms / 1_000).toFixed(1)} s`;
  return `Claude's API failed${why === "" ? "" : ` (${why})`}; trying again${when} (${attempt ?? "?"} of ${max_retries ?? "?"}).`;
}
