/** What pi says of its work → our events. Pure: files are read by the `preview` it is given. */
import { type AgentEvent, type DiffContent, MAX_DELTA_CHARS, type ToolInput, type Usage } from "@fairlead/protocol";
import { safeText, splitText } from "../../process/text.ts";
import type { Place } from "../pi-tools.ts";
import { type CallBook, createCallBook } from "./call-book.ts";
import { agentError } from "./errors.ts";
import type { AssistantMessage, MessageUpdate, NativeMessage } from "./wire.ts";

export interface TranslatorOptions {
  readonly place: Place;
  newId(): string;
  /** The diffs of a call that has not run yet. */
  preview(tool: string, input: ToolInput): DiffContent[];
}

/** How the newest answer of the model ended. */
export interface Ending {
  readonly stop_reason: string;
  readonly error: string | undefined;
}

export interface Translator extends Pick<CallBook, "idOf"> {
  receive(message: NativeMessage): AgentEvent[];
  /** A turn begins: its usage counts from zero. */
  beginTurn(contextSize: number | undefined): void;
  /** A turn ends: calls that got no end of their own are failed. */
  endTurn(): AgentEvent[];
  /** Undefined: the model has said nothing in this turn. */
  ending(): Ending | undefined;
}

export function createTranslator(options: TranslatorOptions): Translator {
  const book = createCallBook(options);
  /** Parts of the running message whose text came in pieces. */
  const streamed = new Set<number>();
  let usage: Usage = {};
  let contextSize: number | undefined;
  let ending: Ending | undefined;

  function update(event: MessageUpdate): AgentEvent[] {
    const { contentIndex, delta } = event;
    switch (event.type) {
      case "text_delta":
      case "thinking_delta":
        streamed.add(contentIndex);
        return speech(event.type === "text_delta" ? "answer" : "thought", delta ?? "");
      case "toolcall_start": {
        const part = event.partial?.content[contentIndex];
        return book.announce(event.id ?? part?.id, event.toolName ?? part?.name);
      }
      case "toolcall_end":
        return event.toolCall === undefined ? [] : book.describe(event.toolCall.id, event.toolCall.name, event.toolCall.arguments);
      default:
        return [];
    }
  }

  function messageEnd(message: AssistantMessage): AgentEvent[] {
    // Something an extension wants people to read.
    if (message.role === "custom") return message.display === true ? wholeText(message) : [];
    if (message.role !== "assistant") return [];
    ending = { stop_reason: message.stopReason ?? "stop", error: message.errorMessage };
    const events = wholeText(message);
    streamed.clear();
    if (ending.stop_reason === "error" || ending.stop_reason === "aborted") events.push(...book.dropUnstarted());
    events.push(...count(message));
    return events;
  }

  /** The text of parts that did not come in pieces. */
  function wholeText({ content }: AssistantMessage): AgentEvent[] {
    return content.flatMap((part, index) => {
      if (streamed.has(index)) return [];
      if (part.type === "text") return speech("answer", part.text ?? "");
      return part.type === "thinking" ? speech("thought", part.thinking ?? "") : [];
    });
  }

  function count({ usage: used }: AssistantMessage): AgentEvent[] {
    if (used === undefined || used.totalTokens === 0) return [];
    const cost = (usage.cost_usd ?? 0) + used.cost.total;
    usage = {
      input_tokens: (usage.input_tokens ?? 0) + Math.round(used.input + used.cacheRead + used.cacheWrite),
      output_tokens: (usage.output_tokens ?? 0) + Math.round(used.output),
      cached_tokens: (usage.cached_tokens ?? 0) + Math.round(used.cacheRead),
      // Models without a known price cost 0 in pi's words.
      ...(cost > 0 ? { cost_usd: cost } : {}),
      context_tokens: Math.round(used.totalTokens),
      ...(contextSize === undefined ? {} : { context_size: contextSize }),
    };
    return [{ type: "usage.updated", usage }];
  }

  function receive(message: NativeMessage): AgentEvent[] {
    switch (message.type) {
      case "message_start":
        streamed.clear();
        return [];
      case "message_update":
        return update(message.assistantMessageEvent);
      case "message_end":
        return messageEnd(message.message);
      case "tool_execution_start":
        return book.begin(message.toolCallId, message.toolName, message.args);
      case "tool_execution_update":
        return book.progress(message.toolCallId, message.toolName, message.partialResult);
      case "tool_execution_end":
        return book.finish(message.toolCallId, message.toolName, { result: message.result, isError: message.isError });
      case "auto_retry_start": {
        const { attempt, maxAttempts, delayMs, errorMessage } = message;
        const why = agentError(errorMessage).message;
        const text = `pi tries again in ${Math.round(delayMs / 1_000)} s (${attempt} of ${maxAttempts}): ${why}`;
        return [{ type: "notice", level: "warning", code: "retrying", text }];
      }
      case "compaction_start":
        return [{ type: "notice", level: "info", text: "pi shortens its memory of the conversation." }];
      case "compaction_end":
        return message.errorMessage === undefined
          ? []
          : [{ type: "notice", level: "warning", text: safeText(message.errorMessage).slice(0, 2_000) }];
      case "extension_error": {
        const text = `An extension of pi failed (${message.extensionPath}): ${message.error}`;
        return [{ type: "notice", level: "warning", code: "diagnostic", text: safeText(text).slice(0, 2_000) }];
      }
      default:
        return [];
    }
  }

  return {
    receive,
    idOf: book.idOf,
    beginTurn(size) {
      usage = {};
      ending = undefined;
      contextSize = size;
    },
    endTurn: book.close,
    ending: () => ending,
  };
}

function speech(kind: "answer" | "thought", text: string): AgentEvent[] {
  return [...splitText(safeText(text), MAX_DELTA_CHARS)].map((piece) => ({ type: "message.delta", kind, text: piece }));
}
