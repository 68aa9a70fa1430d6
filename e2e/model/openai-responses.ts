/** OpenAI's Responses API. */
import { z } from "zod";
import type { ConversationItem, ModelRequest, OfferedTool } from "./conversation.ts";
import { type AnswerContext, argumentPieces, argumentsOf, type Dialect, type Encoder, serverSentEvent, USAGE } from "./dialect.ts";

const contentSchema = z
  .union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))])
  .optional()
  .transform((content) => (typeof content === "string" ? content : (content ?? []).map((part) => part.text ?? "").join("")));
const itemSchema = z.looseObject({
  type: z.string().default("message"),
  role: z.string().optional(),
  content: contentSchema.catch(""),
  call_id: z.string().optional(),
  output: contentSchema.catch(""),
  tools: z.array(z.unknown()).optional(),
});
const bodySchema = z.looseObject({
  model: z.string(),
  stream: z.boolean().default(false),
  input: z.union([z.string().transform((content) => [itemSchema.parse({ role: "user", content })]), z.array(itemSchema)]),
  tools: z.array(z.unknown()).default([]),
  text: z
    .looseObject({ format: z.looseObject({ schema: z.record(z.string(), z.unknown()).optional() }).optional() })
    .nullish()
    .transform((text) => text ?? undefined),
});
const toolSchema = z.looseObject({
  type: z.string(),
  name: z.string().optional(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  /** A namespace holds tools of its own. */
  tools: z.array(z.unknown()).optional(),
});

export const openaiResponses: Dialect = {
  name: "openai-responses",
  path: /^\/v1\/responses$/,

  parse(body): ModelRequest {
    const { model, stream, input, tools, text } = bodySchema.parse(body);
    return {
      dialect: "openai-responses",
      model,
      stream,
      // Some models get their tools inside the conversation.
      tools: [...tools, ...input.flatMap((item) => item.tools ?? [])].flatMap(offeredOf),
      schema: text?.format?.schema,
      items: input.flatMap(itemOf),
    };
  },

  createEncoder,

  refusal: (status, message) => ({
    error: { message, type: status === 429 ? "rate_limit_error" : "api_error", code: status === 404 ? "model_not_found" : null },
  }),
};

function offeredOf(value: unknown): OfferedTool[] {
  const { data } = toolSchema.safeParse(value);
  if (data?.tools !== undefined) return data.tools.flatMap(offeredOf);
  if (data?.name === undefined) return [];
  return [{ name: data.name, kind: data.type === "custom" ? "custom" : "function", schema: data.parameters ?? {} }];
}

function itemOf({ type, role, content, call_id, output }: z.infer<typeof itemSchema>): ConversationItem[] {
  if (type.endsWith("_call_output")) return [{ type: "result", call_id: call_id ?? "", text: output }];
  if (type !== "message") return [];
  return role === "user" || role === "assistant" ? [{ type: role, text: content }] : [];
}

type Block = "text" | "thinking";

function createEncoder({ model, newId }: AnswerContext): Encoder {
  const id = newId("resp_");
  const output: Record<string, unknown>[] = [];
  let open: { readonly kind: Block; readonly itemId: string; text: string } | undefined;
  let sequence = -1;
  const usage = {
    input_tokens: USAGE.input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: USAGE.output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: USAGE.input + USAGE.output,
  };
  const frame = (type: string, rest: object) => {
    sequence += 1;
    return serverSentEvent({ type, sequence_number: sequence, ...rest });
  };
  const response = (status: string) => ({ id, object: "response", status, model, output, error: null });
  /** Where the item stands that is being written; finished ones are in `output`. */
  const place = () => ({ output_index: output.length });
  const added = (item: object) => frame("response.output_item.added", { ...place(), item });
  const done = (item: Record<string, unknown>) => {
    const text = frame("response.output_item.done", { ...place(), item });
    output.push(item);
    return text;
  };

  const openBlock = (kind: Block) => {
    const closed = closeBlock();
    const itemId = newId(kind === "text" ? "msg_" : "rs_");
    open = { kind, itemId, text: "" };
    const at = { ...place(), item_id: itemId };
    if (kind === "thinking") {
      const part = frame("response.reasoning_summary_part.added", { ...at, summary_index: 0, part: { type: "summary_text", text: "" } });
      return closed + added({ id: itemId, type: "reasoning", summary: [] }) + part;
    }
    const part = { type: "output_text", text: "", annotations: [] };
    const message = { id: itemId, type: "message", role: "assistant", status: "in_progress", content: [] };
    return closed + added(message) + frame("response.content_part.added", { ...at, content_index: 0, part });
  };

  const closeBlock = () => {
    if (open === undefined) return "";
    const { kind, itemId, text } = open;
    open = undefined;
    const at = { ...place(), item_id: itemId };
    if (kind === "thinking") {
      const part = { type: "summary_text", text };
      return (
        frame("response.reasoning_summary_text.done", { ...at, summary_index: 0, text }) +
        frame("response.reasoning_summary_part.done", { ...at, summary_index: 0, part }) +
        done({ id: itemId, type: "reasoning", summary: [part] })
      );
    }
    const part = { type: "output_text", text, annotations: [] };
    return (
      frame("response.output_text.done", { ...at, content_index: 0, text }) +
      frame("response.content_part.done", { ...at, content_index: 0, part }) +
      done({ id: itemId, type: "message", role: "assistant", status: "completed", content: [part] })
    );
  };

  return {
    begin: () => frame("response.created", { response: response("in_progress") }),
    text(kind, text) {
      const start = open?.kind === kind ? "" : openBlock(kind);
      if (open !== undefined) open.text += text;
      const at = { ...place(), item_id: open?.itemId };
      return (
        start +
        (kind === "text"
          ? frame("response.output_text.delta", { ...at, content_index: 0, delta: text })
          : frame("response.reasoning_summary_text.delta", { ...at, summary_index: 0, delta: text }))
      );
    },
    call(call) {
      const isCustom = call.tool.kind === "custom";
      const [type, field] = isCustom ? (["custom_tool_call", "input"] as const) : (["function_call", "arguments"] as const);
      const stream = isCustom ? "response.custom_tool_call_input" : "response.function_call_arguments";
      const item = { id: newId("fc_"), type, call_id: newId("call_"), name: call.tool.name, status: "completed" };
      const start = closeBlock() + added({ ...item, status: "in_progress", [field]: "" });
      const at = { ...place(), item_id: item.id };
      const deltas = argumentPieces(call).map((delta) => frame(`${stream}.delta`, { ...at, delta }));
      const whole = argumentsOf(call);
      return start + deltas.join("") + frame(`${stream}.done`, { ...at, [field]: whole }) + done({ ...item, [field]: whole });
    },
    end: () => closeBlock() + frame("response.completed", { response: { ...response("completed"), usage } }),
    fail: (message) => frame("response.failed", { response: { ...response("failed"), error: { code: "server_error", message } } }),
    whole() {
      closeBlock();
      return { ...response("completed"), usage };
    },
  };
}
