/** OpenAI's Chat Completions API. */
import { z } from "zod";
import type { ConversationItem, ModelRequest, OfferedTool } from "./conversation.ts";
import { type AnswerContext, argumentPieces, argumentsOf, type Dialect, type Encoder, serverSentEvent, USAGE } from "./dialect.ts";

const contentSchema = z
  .union([z.string(), z.array(z.looseObject({ text: z.string().optional() })), z.null()])
  .optional()
  .transform((content) => (Array.isArray(content) ? content.map((part) => part.text ?? "").join("") : (content ?? "")));
const bodySchema = z.looseObject({
  model: z.string(),
  stream: z.boolean().default(false),
  messages: z.array(z.looseObject({ role: z.string(), content: contentSchema, tool_call_id: z.string().optional() })),
  tools: z
    .array(
      z.looseObject({
        type: z.string().default("function"),
        function: z.looseObject({ name: z.string(), parameters: z.record(z.string(), z.unknown()).default({}) }).optional(),
        custom: z.looseObject({ name: z.string() }).optional(),
      }),
    )
    .default([]),
  response_format: z
    .looseObject({ json_schema: z.looseObject({ schema: z.record(z.string(), z.unknown()).optional() }).optional() })
    .optional(),
});

type Message = z.infer<typeof bodySchema>["messages"][number];

export const openaiChat: Dialect = {
  name: "openai-chat",
  path: /^\/v1\/chat\/completions$/,

  parse(body): ModelRequest {
    const { model, stream, messages, tools, response_format } = bodySchema.parse(body);
    return {
      dialect: "openai-chat",
      model,
      stream,
      tools: tools.flatMap(({ function: called, custom }): OfferedTool[] => {
        if (called !== undefined) return [{ name: called.name, kind: "function", schema: called.parameters }];
        return custom === undefined ? [] : [{ name: custom.name, kind: "custom", schema: {} }];
      }),
      schema: response_format?.json_schema?.schema,
      items: messages.flatMap(itemOf),
    };
  },

  createEncoder,

  refusal: (status, message) => ({ error: { message, type: status === 429 ? "rate_limit_error" : "api_error", code: String(status) } }),
};

function itemOf({ role, content, tool_call_id }: Message): ConversationItem[] {
  if (role === "tool") return [{ type: "result", call_id: tool_call_id ?? "", text: content }];
  return role === "user" || role === "assistant" ? [{ type: role, text: content }] : [];
}

function createEncoder({ model, newId }: AnswerContext): Encoder {
  const id = newId("chatcmpl-");
  const created = Math.floor(Date.now() / 1_000);
  const message = { content: "", reasoning_content: "" };
  const calls: object[] = [];
  const usage = { prompt_tokens: USAGE.input, completion_tokens: USAGE.output, total_tokens: USAGE.input + USAGE.output };
  const finish = () => (calls.length > 0 ? "tool_calls" : "stop");
  const frame = (delta: object, finish_reason: string | null = null) =>
    serverSentEvent({ id, object: "chat.completion.chunk", created, model, choices: [{ index: 0, delta, finish_reason }] });

  return {
    begin: () => frame({ role: "assistant", content: "" }),
    text(kind, text) {
      const field = kind === "text" ? "content" : "reasoning_content";
      message[field] += text;
      return frame({ [field]: text });
    },
    call(call) {
      const index = calls.length;
      const callId = newId("call_");
      const isCustom = call.tool.kind === "custom";
      const [type, field] = isCustom ? (["custom", "input"] as const) : (["function", "arguments"] as const);
      calls.push({ id: callId, type, [type]: { name: call.tool.name, [field]: argumentsOf(call) } });
      const [first, second] = argumentPieces(call);
      return (
        frame({ tool_calls: [{ index, id: callId, type, [type]: { name: call.tool.name, [field]: first } }] }) +
        frame({ tool_calls: [{ index, [type]: { [field]: second } }] })
      );
    },
    end: () =>
      frame({}, finish()) +
      serverSentEvent({ id, object: "chat.completion.chunk", created, model, choices: [], usage }) +
      "data: [DONE]\n\n",
    fail: (text) => serverSentEvent({ error: { message: text, type: "server_error", code: "server_error" } }),
    whole: () => ({
      id,
      object: "chat.completion",
      created,
      model,
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: message.content, ...(calls.length > 0 ? { tool_calls: calls } : {}) },
          finish_reason: finish(),
        },
      ],
      usage,
    }),
  };
}
