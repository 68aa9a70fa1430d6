/** One session's side of a `generic-external` process: its running turn, its open questions, its files. */
import { randomUUID } from "node:crypto";
import { MAX_DELTA_CHARS, type TurnError } from "@fairlead/protocol";
import { clipText, safeText } from "../../process/text.ts";
import { confineFile } from "../confine.ts";
import { type ApprovalAnswer, MAX_OPEN_QUESTIONS, type OpenSession, type TurnResult } from "../contract.ts";
import { createNotices, type NoticeCode } from "../notices.ts";
import { emitText } from "../speech.ts";
import type { Link, SessionMessage } from "./link.ts";

const OPTIONS = [
  { id: "allow_once", kind: "allow_once", label: "Allow once" },
  { id: "reject_once", kind: "reject_once", label: "Deny" },
] as const;

type Of<T extends SessionMessage["type"]> = Extract<SessionMessage, { type: T }>;

export interface Conversation {
  /** The id that the process knows the session by. */
  readonly wire_id: string;
  readonly link: Link;
  hasTurn(): boolean;
  /** Sends the message and settles when the agent ends the turn, or the process or somebody else does by `endTurn`. */
  runTurn(text: string): Promise<TurnResult>;
  endTurn(result: TurnResult): void;
  /** Takes one line of the agent; false when the reader must pause. */
  take(message: SessionMessage): boolean;
  /** Whether the agent still waited for it. */
  answer(approvalId: string, answer: ApprovalAnswer): boolean;
  /** Takes the open questions back, telling the agent "no" as well when it still listens. */
  withdraw(reason: string, tellAgent: boolean): void;
  notice(level: "info" | "warning", code: NoticeCode, text: string): boolean;
}

export interface ConversationOptions {
  readonly wire_id: string;
  readonly link: Link;
  readonly work_dir: string;
  readonly session: OpenSession;
}

export function createConversation({ wire_id, link, work_dir, session }: ConversationOptions): Conversation {
  const { emit } = session;
  const makeNotice = createNotices();
  /** Our approval id → the agent's request id. */
  const approvals = new Map<string, string>();
  let settle: ((result: TurnResult) => void) | undefined;

  function notice(level: "info" | "warning", code: NoticeCode, text: string): boolean {
    const event = makeNotice(level, code, text);
    return event === undefined ? true : emit(event);
  }

  function respond(requestId: string, approved: boolean, reason?: string): void {
    link.send({ type: "permission.response", session_id: wire_id, request_id: requestId, approved, ...(reason ? { reason } : {}) });
  }

  function endTurn(result: TurnResult): void {
    const tell = settle;
    settle = undefined;
    tell?.(result);
  }

  function withdraw(reason: string, tellAgent: boolean): void {
    for (const [approvalId, requestId] of approvals) {
      approvals.delete(approvalId);
      if (tellAgent) respond(requestId, false, reason);
      emit({ type: "approval.withdrawn", approval_id: approvalId, reason });
    }
  }

  function complete(message: Of<"turn.complete">): void {
    withdraw("The agent went on without an answer.", false);
    endTurn(
      message.error === undefined
        ? { ok: true, stop_reason: "end_turn", exit_code: message.exit_code }
        : { ok: false, error: failure(message) },
    );
  }

  function ask(message: Of<"permission.request">): boolean {
    if ([...approvals.values()].includes(message.request_id)) return true;
    if (approvals.size >= MAX_OPEN_QUESTIONS) {
      respond(message.request_id, false, "too many open requests");
      return notice("warning", "bad_line", `The agent asked more than ${MAX_OPEN_QUESTIONS} questions at once; the last one was denied.`);
    }
    const approvalId = randomUUID();
    approvals.set(approvalId, message.request_id);
    const tool = clipText(safeText(message.tool), 200);
    return emit({
      type: "approval.requested",
      approval_id: approvalId,
      tool,
      title: clipText(safeText(message.description), 2_000) || `Allow ${tool}?`,
      ...(message.resource === undefined ? {} : { detail: clipText(safeText(message.resource), MAX_DELTA_CHARS) }),
      options: [...OPTIONS],
    });
  }

  function offerFile(message: Of<"file.output">): boolean {
    const found = confineFile(work_dir, message.file_path);
    if (!found.ok) return notice("warning", "path_refused", `The file "${message.file_path}" was refused: ${found.reason}.`);
    return emit({
      type: "file.made",
      name: message.file_name || found.name,
      mime_type: message.file_mime_type ?? "application/octet-stream",
      source: { folder: work_dir, path: found.path },
    });
  }

  return {
    wire_id,
    link,
    hasTurn: () => settle !== undefined,
    runTurn(text) {
      link.send({ type: "user.input", session_id: wire_id, content: text });
      return new Promise((resolve) => {
        settle = resolve;
      });
    },
    endTurn,
    take(message) {
      switch (message.type) {
        case "output":
          return emitText(emit, message.channel, safeText(message.content));
        case "turn.complete":
          complete(message);
          return true;
        case "permission.request":
          return ask(message);
        case "file.output":
          return offerFile(message);
      }
    },
    answer(approvalId, answer) {
      const requestId = approvals.get(approvalId);
      if (requestId === undefined) return false;
      approvals.delete(approvalId);
      respond(requestId, answer.option_id === "allow_once", answer.reason);
      return true;
    },
    withdraw,
    notice,
  };
}

function failure(message: Of<"turn.complete">): TurnError {
  return {
    kind: "exit",
    message: clipText(safeText(message.error ?? ""), 8_000) || "The agent reported a failure.",
    exit_code: message.exit_code,
  };
}
