/** Requests of `codex app-server` → what a person is asked, or what is answered at once. Pure; allows nothing by itself. */
import { isAbsolute } from "node:path";
import type { ApprovalRequested } from "@fairlead/protocol";
import { clipText, safeText } from "../../process/text.ts";
import type { ApprovalAnswer } from "../contract.ts";
import { changesKind, changesTitle, diffsOf, touchedPaths } from "./changes.ts";
import { ALLOW, ALLOW_SESSION, type Asked, DENY, type Decisions, decisionsOf, type Reply } from "./decisions.ts";
import { elicitation } from "./elicitations.ts";
import { titleOf } from "./items.ts";
import { inputAnswers, inputQuestions } from "./questions.ts";
import { innerLine, innerOf } from "./shell-line.ts";
import * as wire from "./wire.ts";

/** What a person is asked; the approval's id and the call it belongs to are added by the session. */
export type Question = Omit<ApprovalRequested, "type" | "approval_id" | "tool_call_id"> & {
  /** Codex's id of the item that waits for the answer. */
  readonly item_id?: string | undefined;
};

export type Handling =
  | {
      readonly kind: "ask";
      readonly question: Question;
      reply(answer: ApprovalAnswer): Reply;
      /** The result that gives the question up: its turn is being stopped. */
      readonly cancel: object;
    }
  | { readonly kind: "answer"; readonly result: object; readonly notice?: string }
  | { readonly kind: "refuse"; readonly code: number; readonly message: string; readonly notice: string };

export interface RequestContext {
  readonly work_dir: string;
  /** The changes that an open call proposes. */
  proposed(itemId: string): readonly wire.FileUpdate[] | undefined;
  /** The open call that began last and passes. */
  latest(passes: (item: wire.Item) => boolean): wire.Item | undefined;
}

/** JSON-RPC 2.0, "Error object". */
const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;

/** Fields that route a request; the rest is what the agent wants. */
const ROUTING = new Set(["threadId", "turnId", "itemId", "startedAtMs", "approvalId", "availableDecisions", "callId", "conversationId"]);

function inputOf(params: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(params).filter(([key, value]) => !ROUTING.has(key) && value !== null && value !== undefined));
}

function detailOf(reason: string | null | undefined): { detail?: string } {
  return reason ? { detail: clipText(safeText(reason), 8_000) } : {};
}

function cwdOf(cwd: string | null | undefined): { cwd?: string } {
  return cwd && cwd.length <= 4_096 && isAbsolute(cwd) ? { cwd } : {};
}

interface CommandLook extends Pick<Question, "title" | "kind" | "subject"> {
  readonly asked: Asked;
  readonly tool: string;
}

/** What is asked about a command: a rule about one must not decide about what is typed into it, or about a host that it wants to reach. */
function commandLook({ kind, command, networkApprovalContext: network }: wire.CommandRequest): CommandLook {
  if (network) {
    // No command is asked about: a rule for hosts may decide this.
    const subject = { hosts: [clipText(network.host, 255)] };
    return { asked: "host", tool: "network", kind: "fetch", title: `Reach ${titleOf(network.host)}`, subject };
  }
  const line = command ? innerLine(command) : "";
  if ((kind ?? "command") === "command") {
    const subject = line !== "" && line.length <= 65_536 ? { command: line } : {};
    return { asked: "command", tool: "commandExecution", kind: "execute", title: titleOf(line) || "Run a command", subject };
  }
  const title = kind === "writeStdin" ? `Type into ${titleOf(line) || "a command"}` : titleOf(line) || "Run a command";
  return { asked: "other", tool: clipText(safeText(kind ?? "command"), 200), kind: "execute", title, subject: {} };
}

function commandRequest(params: unknown): Handling | undefined {
  const request = wire.commandRequestSchema.safeParse(params).data;
  if (request === undefined) return undefined;
  const { asked, tool, kind, title, subject } = commandLook(request);
  const { options, decide } = decisionsOf(request.availableDecisions, asked);
  return {
    kind: "ask",
    question: {
      tool,
      title,
      kind,
      ...detailOf(request.reason),
      options,
      item_id: request.itemId,
      input: inputOf(request),
      subject: { ...subject, ...cwdOf(request.cwd) },
    },
    reply: decide,
    cancel: { decision: "cancel" },
  };
}

interface ChangesContext extends Pick<Decisions, "options"> {
  readonly work_dir: string;
  readonly grantRoot: string | null | undefined;
}

function changesQuestion(changes: readonly wire.FileUpdate[], more: ChangesContext): Question {
  const { work_dir, grantRoot, options } = more;
  const paths = touchedPaths(changes, work_dir);
  return {
    tool: "fileChange",
    title: grantRoot ? `Write anywhere in ${titleOf(grantRoot)}` : changesTitle(changes, work_dir),
    kind: changesKind(changes),
    options,
    input: { changes, ...(grantRoot ? { grantRoot } : {}) },
    content: diffsOf(changes),
    // Writing below a whole folder is more than the paths of this change.
    subject: { cwd: work_dir, ...(paths === undefined || grantRoot ? {} : { paths }) },
  };
}

function fileRequest(params: unknown, { work_dir, proposed }: RequestContext): Handling | undefined {
  const request = wire.fileRequestSchema.safeParse(params).data;
  if (request === undefined) return undefined;
  const { itemId, reason, grantRoot } = request;
  const { options, decide } = decisionsOf(undefined, "files");
  const changes = proposed(itemId) ?? [];
  if (changes.length === 0 && !grantRoot) return unshown(decide({ option_id: DENY.id }).result);
  const question = changesQuestion(changes, { work_dir, grantRoot, options });
  return { kind: "ask", question: { ...question, item_id: itemId, ...detailOf(reason) }, reply: decide, cancel: { decision: "cancel" } };
}

/** Nobody can judge a change that is not known, and an answer to it would fit any other one. */
function unshown(result: object): Handling {
  return { kind: "answer", result, notice: "Codex wanted to change files without telling what it changes; it was refused." };
}

function permissionsRequest(params: unknown): Handling | undefined {
  const request = wire.permissionsRequestSchema.safeParse(params).data;
  if (request === undefined) return undefined;
  const { network, fileSystem } = request.permissions;
  const granted = { ...(network ? { network } : {}), ...(fileSystem ? { fileSystem } : {}) };
  const nothing = { permissions: {}, scope: "turn" };
  const wanted = [network?.enabled ? "the network" : "", fileSystem ? "more files" : ""].filter(Boolean);
  return {
    kind: "ask",
    question: {
      tool: "permissions",
      title: `Use ${wanted.join(" and ") || "more than its sandbox allows"}`,
      kind: "other",
      ...detailOf(request.reason),
      options: [{ ...ALLOW, label: "Allow for this turn" }, ALLOW_SESSION, DENY],
      input: inputOf(request),
      // Paths are not told: a rule about some of them must not grant the network, globs or whole trees.
      subject: cwdOf(request.cwd),
    },
    reply({ option_id, reason }) {
      if (option_id === ALLOW.id) return { result: { permissions: granted, scope: "turn" } };
      if (option_id === ALLOW_SESSION.id) return { result: { permissions: granted, scope: "session" } };
      return { result: nothing, reason };
    },
    cancel: nothing,
  };
}

function inputRequest(params: unknown): Handling | undefined {
  const request = wire.inputRequestSchema.safeParse(params).data;
  if (request === undefined) return undefined;
  const isSecret = request.questions.some((question) => question.isSecret);
  const questions = inputQuestions(request);
  return {
    kind: "ask",
    question: {
      tool: "requestUserInput",
      title: titleOf(questions[0]?.question ?? "") || "Answer a question",
      kind: "think",
      ...(isSecret ? { detail: "Codex asks for something secret. Answers are kept in the session's log, readable." } : {}),
      options: [
        { ...ALLOW, label: "Answer" },
        { ...DENY, label: "Do not answer" },
      ],
      input: inputOf(request),
      questions,
    },
    reply: ({ option_id, answers, reason }) =>
      option_id === ALLOW.id ? { result: { answers: inputAnswers(answers ?? {}) } } : { result: { answers: {} }, reason },
    cancel: { answers: {} },
  };
}

/** The decisions of the first protocol, which has a place for the reason. */
function decideLegacy({ option_id, reason }: ApprovalAnswer): { result: object } {
  if (option_id === ALLOW.id) return { result: { decision: "approved" } };
  if (option_id === ALLOW_SESSION.id) return { result: { decision: "approved_for_session" } };
  return { result: { decision: { denied: { rejection: reason || "The user declined." } } } };
}

function execApproval(params: unknown): Handling | undefined {
  const request = wire.execApprovalSchema.safeParse(params).data;
  if (request === undefined) return undefined;
  const { command, cwd, reason, callId } = request;
  const subject = innerOf(command) ?? command;
  return {
    kind: "ask",
    question: {
      tool: "commandExecution",
      title: titleOf(typeof subject === "string" ? subject : subject.join(" ")) || "Run a command",
      kind: "execute",
      ...detailOf(reason),
      options: decisionsOf(undefined, "command").options,
      item_id: callId ?? undefined,
      input: inputOf(request),
      subject: { ...(subject.length <= 1_000 || typeof subject === "string" ? { command: subject } : {}), ...cwdOf(cwd) },
    },
    reply: decideLegacy,
    cancel: { decision: "abort" },
  };
}

function patchApproval(params: unknown, { work_dir }: RequestContext): Handling | undefined {
  const request = wire.patchApprovalSchema.safeParse(params).data;
  if (request === undefined) return undefined;
  const changes = Object.entries(request.fileChanges).map(([path, { type, content, unified_diff, move_path }]) => ({
    path,
    kind: { type, move_path },
    diff: unified_diff ?? content ?? "",
  }));
  if (changes.length === 0 && !request.grantRoot) return unshown(decideLegacy({ option_id: DENY.id }).result);
  const { options } = decisionsOf(undefined, "files");
  const question = changesQuestion(changes, { work_dir, grantRoot: request.grantRoot, options });
  return {
    kind: "ask",
    question: { ...question, item_id: request.callId ?? undefined, ...detailOf(request.reason) },
    reply: decideLegacy,
    cancel: { decision: "abort" },
  };
}

/** Undefined: the request lacks what it needs. */
const HANDLERS = new Map<string, (params: unknown, context: RequestContext) => Handling | undefined>([
  ["item/commandExecution/requestApproval", commandRequest],
  ["item/fileChange/requestApproval", fileRequest],
  ["item/permissions/requestApproval", permissionsRequest],
  ["item/tool/requestUserInput", inputRequest],
  ["mcpServer/elicitation/request", elicitation],
  ["execCommandApproval", execApproval],
  ["applyPatchApproval", patchApproval],
  ["currentTime/read", () => ({ kind: "answer", result: { currentTimeAt: Math.floor(Date.now() / 1_000) } })],
  [
    "item/tool/call",
    () => ({
      kind: "answer",
      result: { contentItems: [{ type: "inputText", text: "This client offers no tools of its own." }], success: false },
      notice: "Codex called a tool that nobody offers; it was told so.",
    }),
  ],
  [
    "account/chatgptAuthTokens/refresh",
    () => refusal("Codex asked for a new sign-in token, which only it can get. Run `codex login` there."),
  ],
  ["attestation/generate", () => refusal("Codex asked for a proof of this client, which does not exist.")],
]);

function refusal(notice: string): Handling {
  return { kind: "refuse", code: METHOD_NOT_FOUND, message: "not supported by this client", notice };
}

/** What to do with a request. Unknown and unreadable ones are refused. */
export function handleRequest(method: string, params: unknown, context: RequestContext): Handling {
  const name = clipText(safeText(method), 100);
  const handler = HANDLERS.get(method);
  if (handler === undefined) return refusal(`Codex asked "${name}", which this version does not know; it was refused.`);
  return (
    handler(params, context) ?? {
      kind: "refuse",
      code: INVALID_PARAMS,
      message: "fields are missing or of another kind",
      notice: `Codex asked "${name}" in a form that could not be read; it was refused.`,
    }
  );
}
