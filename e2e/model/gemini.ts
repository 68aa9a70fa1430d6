/** Google's Gemini API. */
import { z } from "zod";
import type { ConversationItem, ModelRequest } from "./conversation.ts";
import { type AnswerContext, type Dialect, type Encoder, serverSentEvent, USAGE } from "./dialect.ts";

const partSchema = z.looseObject({
  text: z.string().optional(),
  thought: z.boolean().optional(),
  functionResponse: z.looseObject({ id: z.string().optional(), name: z.string(), response: z.unknown() }).optional(),
});
const declarationSchema = z.looseObject({
  name: z.string(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  parametersJsonSchema: z.record(z.string(), z.unknown()).optional(),
});
const bodySchema = z.looseObject({
  contents: z.array(z.looseObject({ role: z.string().optional(), parts: z.array(partSchema).default([]) })),
  tools: z.array(z.looseObject({ functionDeclarations: z.array(declarationSchema).default([]) })).default([]),
  generationConfig: z
    .looseObject({
      responseSchema: z.record(z.string(), z.unknown()).optional(),
      responseJsonSchema: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
});

const PATH = /^\/v1(?:beta|alpha)?\/models\/([^/:]+):(streamGenerateContent|generateContent)$/;

export const gemini: Dialect = {
  name: "gemini",
  path: PATH,

  parse(body, path): ModelRequest {
    const [, model = "", method] = PATH.exec(path) ?? [];
    const { contents, tools, generationConfig } = bodySchema.parse(body);
    return {
      dialect: "gemini",
      model,
      stream: method === "streamGenerateContent",
      tools: tools
        .flatMap((tool) => tool.functionDeclarations)
        .map(({ name, parameters, parametersJsonSchema }) => ({
          name,
          kind: "function",
          schema: parametersJsonSchema ?? parameters ?? {},
        })),
      schema: generationConfig?.responseJsonSchema ?? generationConfig?.responseSchema,
      items: contents.flatMap(({ role, parts }) => parts.flatMap((part) => itemOf(role ?? "user", part))),
    };
  },

  createEncoder,

  refusal(status, message) {
    const names: Record<number, string> = {
      400: "INVALID_ARGUMENT",
      401: "UNAUTHENTICATED",
      403: "PERMISSION_DENIED",
      404: "NOT_FOUND",
      429: "RESOURCE_EXHAUSTED",
      503: "UNAVAILABLE",
    };
    return { error: { code: status, message, status: names[status] ?? "INTERNAL" } };
  },
};

function itemOf(role: string, part: z.infer<typeof partSchema>): ConversationItem[] {
  if (part.functionResponse !== undefined) {
    const { id, name, response } = part.functionResponse;
    return [{ type: "result", call_id: id ?? name, text: textOf(response) }];
  }
  if (part.text === undefined || part.thought === true) return [];
  return [{ type: role === "model" ? "assistant" : "user", text: part.text }];
}

/** What a tool said: most agents put it under `output` or `error`. */
function textOf(response: unknown): string {
  const { data } = z.looseObject({ output: z.string().optional(), error: z.string().optional() }).safeParse(response);
  return data?.output ?? data?.error ?? JSON.stringify(response);
}

function createEncoder({ model, newId }: AnswerContext): Encoder {
  const responseId = newId("resp-");
  const parts: Record<string, unknown>[] = [];
  const usageMetadata = {
    promptTokenCount: USAGE.input,
    candidatesTokenCount: USAGE.output,
    totalTokenCount: USAGE.input + USAGE.output,
  };
  const answer = (shown: readonly object[], end: object = {}) => ({
    candidates: [{ index: 0, content: { role: "model", parts: shown }, ...end }],
    modelVersion: model,
    responseId,
  });
  const piece = (part: Record<string, unknown>) => {
    parts.push(part);
    return serverSentEvent(answer([part]));
  };

  return {
    // Nothing opens a stream here: the first piece does.
    begin: () => "",
    text: (kind, text) => piece(kind === "text" ? { text } : { text, thought: true }),
    call: ({ tool, input }) => piece({ functionCall: { id: newId("call-"), name: tool.name, args: input } }),
    end: () => serverSentEvent({ ...answer([{ text: "" }], { finishReason: "STOP" }), usageMetadata }),
    fail: (message) => serverSentEvent({ error: { code: 500, message, status: "INTERNAL" } }),
    whole: () => ({ ...answer(parts, { finishReason: "STOP" }), usageMetadata }),
  };
}
