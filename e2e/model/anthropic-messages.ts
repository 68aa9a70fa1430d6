/** Anthropic's Messages API. */
import { z } from "zod";
import type { ConversationItem, ModelRequest } from "./conversation.ts";
import { type AnswerContext, argumentPieces, type Dialect, type Encoder, serverSentEvent, USAGE } from "./dialect.ts";

const blockSchema = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  tool_use_id: z.string().optional(),
  content: z.unknown().optional(),
});
const blocksSchema = z.union([z.string().transform((text) => [{ type: "text", text }]), z.array(blockSchema)]);
const bodySchema = z.looseObject({
  model: z.string(),
  stream: z.boolean().default(false),
  messages: z.array(z.looseObject({ role: z.string(), content: blocksSchema })),
  tools: z.array(z.looseObject({ name: z.string(), input_schema: z.record(z.string(), z.unknown()).default({}) })).default([]),
  output_config: z.looseObject({ format: z.looseObject({ schema: z.record(z.string(), z.unknown()).optional() }).optional() }).optional(),
});

type Block = z.infer<typeof blockSchema>;

export const anthropicMessages: Dialect = {
  name: "anthropic-messages",
  path: /^\/v1\/messages$/,

  parse(body): ModelRequest {
    const { model, stream, messages, tools, output_config } = bodySchema.parse(body);
    return {
      dialect: "anthropic-messages",
      model,
      stream,
      tools: tools.map(({ name, input_schema }) => ({ name, kind: "function", schema: input_schema })),
      schema: output_config?.format?.schema,
      items: messages.flatMap(({ role, content }) => content.flatMap((block: Block) => itemOf(role, block))),
    };
  },

  createEncoder,

  refusal(status, message) {
    const types: Record<number, string> = {
      400: "invalid_request_error",
      401: "authentication_error",
      403: "permission_error",
      404: "not_found_error",
      429: "rate_limit_error",
      529: "overloaded_error",
    };
    return { type: "error", error: { type: types[status] ?? "api_error", message } };
  },
};

function itemOf(role: string, block: Block): ConversationItem[] {
  if (block.type === "tool_result") {
    const { data = [] } = blocksSchema.safeParse(block.content);
    return [{ type: "result", call_id: block.tool_use_id ?? "", text: data.map((part) => part.text ?? "").join("") }];
  }
  // Some models are told about their surroundings by system messages in between; those are nobody's words.
  return block.type === "text" && (role === "user" || role === "assistant") ? [{ type: role, text: block.text ?? "" }] : [];
}

function createEncoder({ model, newId }: AnswerContext): Encoder {
  const id = newId("msg_");
  const content: Record<string, unknown>[] = [];
  let open: "text" | "thinking" | undefined;
  let stopReason = "end_turn";
  const usage = { input_tokens: USAGE.input, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 };
  const frame = (type: string, rest: object) => serverSentEvent({ type, ...rest });
  const here = () => ({ index: content.length - 1 });

  const startBlock = (block: Record<string, unknown>) => {
    const closed = closeBlock();
    content.push(block);
    return closed + frame("content_block_start", { ...here(), content_block: { ...block } });
  };
  const delta = (what: object) => frame("content_block_delta", { ...here(), delta: what });
  const closeBlock = () => {
    const kind = open;
    open = undefined;
    if (kind === undefined) return "";
    // A thought that comes back without its signature is refused by clients that check it.
    const signature = kind === "thinking" ? delta({ type: "signature_delta", signature: "c2lnbmF0dXJl" }) : "";
    return signature + frame("content_block_stop", here());
  };

  return {
    begin: () =>
      frame("message_start", {
        message: { id, type: "message", role: "assistant", model, content: [], stop_reason: null, stop_sequence: null, usage },
      }),
    text(kind, text) {
      const start =
        open === kind ? "" : startBlock(kind === "text" ? { type: kind, text: "" } : { type: kind, thinking: "", signature: "" });
      open = kind;
      const block = content.at(-1);
      if (block !== undefined) block[kind] = String(block[kind]) + text;
      return start + delta(kind === "text" ? { type: "text_delta", text } : { type: "thinking_delta", thinking: text });
    },
    call(call) {
      const start = startBlock({ type: "tool_use", id: newId("toolu_"), name: call.tool.name, input: {} });
      Object.assign(content.at(-1) ?? {}, { input: call.input });
      stopReason = "tool_use";
      const pieces = argumentPieces(call).map((partial_json) => delta({ type: "input_json_delta", partial_json }));
      return start + pieces.join("") + frame("content_block_stop", here());
    },
    end: () =>
      closeBlock() +
      frame("message_delta", { delta: { stop_reason: stopReason, stop_sequence: null }, usage: { output_tokens: USAGE.output } }) +
      frame("message_stop", {}),
    fail: (message) => frame("error", { error: { type: "overloaded_error", message } }),
    whole: () => ({
      id,
      type: "message",
      role: "assistant",
      model,
      content,
      stop_reason: stopReason,
      stop_sequence: null,
      usage: { ...usage, output_tokens: USAGE.output },
    }),
  };
}
