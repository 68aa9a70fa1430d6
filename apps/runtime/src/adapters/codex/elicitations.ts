/** Questions of MCP servers that Codex hands on: a form, an address to open, or whether one of their tools may run. */
import type { ApprovalOption, ToolContent } from "@fairlead/protocol";
import { clipText, safeText } from "../../process/text.ts";
import type { ApprovalAnswer } from "../contract.ts";
import { ALLOW, ALLOW_SESSION, DENY } from "./decisions.ts";
import { mcpToolName, titleOf } from "./items.ts";
import { formOf } from "./questions.ts";
import type { Handling, RequestContext } from "./requests.ts";
import { type Elicitation, elicitationSchema } from "./wire.ts";

const ALLOW_ALWAYS: ApprovalOption = { id: "acceptAlways", kind: "allow_always", label: "Always allow this tool, in all sessions" };
/** How long a permission can last beyond the call, as far as Codex offers it. */
const LASTING: ReadonlyMap<string, ApprovalOption> = new Map([
  ["session", { ...ALLOW_SESSION, label: "Allow this tool for this session" }],
  ["always", ALLOW_ALWAYS],
]);

const CANCELLED = { action: "cancel", content: null, _meta: null };
const DECLINED = { action: "decline", content: null, _meta: null };

function accepted(content: unknown, meta: object | null = null): object {
  return { action: "accept", content, _meta: meta };
}

function declined(notice: string): Handling {
  return { kind: "answer", result: DECLINED, notice };
}

function shown(text: string): ToolContent[] {
  return text === "" ? [] : [{ type: "text", text: clipText(safeText(text), 8_000) }];
}

/** Codex names the tool in its own sentence only. */
function toolName({ serverName, message, _meta }: Elicitation): string {
  const named = typeof _meta?.tool_name === "string" ? _meta.tool_name : /\btool "([^"]+)"/.exec(message)?.[1];
  return clipText(safeText(mcpToolName(serverName, named)), 200);
}

function toolApproval(request: Elicitation, { latest }: RequestContext): Handling {
  const meta = request._meta ?? {};
  const persist: unknown[] = Array.isArray(meta.persist) ? meta.persist : [meta.persist];
  const lasting = [...LASTING].filter(([duration]) => persist.includes(duration));
  const tool = toolName(request);
  const params = meta.tool_params;
  return {
    kind: "ask",
    question: {
      tool,
      item_id: latest((item) => item.type === "mcpToolCall" && mcpToolName(item.server, item.tool) === tool)?.id,
      title: titleOf(request.message) || `Use ${tool}`,
      kind: "other",
      options: [ALLOW, ...lasting.map(([, option]) => option), DENY],
      input: typeof params === "object" && params !== null ? { ...params } : {},
      ...(typeof meta.tool_description === "string" ? { content: shown(meta.tool_description) } : {}),
    },
    reply({ option_id, reason }) {
      if (option_id === ALLOW.id) return { result: accepted({}) };
      const duration = lasting.find(([, option]) => option.id === option_id)?.[0];
      return duration === undefined ? { result: DECLINED, reason } : { result: accepted({}, { persist: duration }) };
    },
    cancel: CANCELLED,
  };
}

function formRequest(request: Elicitation, context: RequestContext): Handling {
  const { serverName, message, requestedSchema, _meta } = request;
  const properties = requestedSchema?.properties ?? {};
  const purpose = _meta?.codex_approval_kind;
  const isEmpty = Object.keys(properties).length === 0;
  if (purpose === "mcp_tool_call" && isEmpty) return toolApproval(request, context);
  const form = formOf(properties, requestedSchema?.required ?? []);
  if (form === undefined || (purpose !== undefined && purpose !== null)) {
    return declined(
      `"${clipText(safeText(serverName), 100)}" asked in a form that cannot be shown here; it was declined: ${titleOf(message)}`,
    );
  }
  return {
    kind: "ask",
    question: {
      ...common(request),
      options: [{ ...ALLOW, label: isEmpty ? "Confirm" : "Answer" }, DENY],
      input: { message, requestedSchema },
      ...(isEmpty ? {} : { questions: [...form.questions] }),
    },
    reply({ option_id, answers, reason }: ApprovalAnswer) {
      const content = option_id === ALLOW.id ? form.fill(answers ?? {}) : undefined;
      return content === undefined ? { result: DECLINED, reason } : { result: accepted(content) };
    },
    cancel: CANCELLED,
  };
}

function common({ serverName, message }: Elicitation) {
  return {
    tool: clipText(safeText(`${serverName}.elicitation`), 200),
    title: titleOf(message) || "Answer an MCP server",
    kind: "other" as const,
    detail: clipText(safeText(`${serverName}: ${message}`), 8_000),
  };
}

function hostOf(url: string): string | undefined {
  return (URL.canParse(url) && new URL(url).hostname.slice(0, 255)) || undefined;
}

function urlRequest(request: Elicitation, url: string): Handling {
  const host = hostOf(url);
  return {
    kind: "ask",
    question: {
      ...common(request),
      options: [{ ...ALLOW, label: "I have opened it" }, DENY],
      input: { message: request.message, url },
      content: shown(url),
      ...(host === undefined ? {} : { subject: { hosts: [host] } }),
    },
    reply: ({ option_id, reason }) => (option_id === ALLOW.id ? { result: accepted(null) } : { result: DECLINED, reason }),
    cancel: CANCELLED,
  };
}

/** `mcpServer/elicitation/request`; undefined when it cannot be read. */
export function elicitation(params: unknown, context: RequestContext): Handling | undefined {
  const request = elicitationSchema.safeParse(params).data;
  if (request === undefined) return undefined;
  if (request.mode === "url" && request.url) return urlRequest(request, request.url);
  if (request.mode === "form" || request.mode === "openai/form" || request.mode === "openaiForm") return formRequest(request, context);
  return declined(
    `"${clipText(safeText(request.serverName), 100)}" asked for "${titleOf(request.mode)}", which is not supported; it was declined.`,
  );
}
