/** The talk with one running Claude Code: a turn at a time, the lines given to it, its questions, and what it used. */
import { randomUUID } from "node:crypto";
import type { TurnError } from "@fairlead/protocol";
import type { AdapterEvent, AdapterHost, ApprovalAnswer, TurnResult } from "../contract.ts";
import type { NoticeCode } from "../notices.ts";
import type { Agent } from "./agent.ts";
import { createApprovals } from "./approvals.ts";
import { createPropose } from "./edits.ts";
import { createEnding, type Ending } from "./ending.ts";
import type { AgentOptions } from "./options.ts";
import { outcomeOf } from "./outcome.ts";
import { type PromptContent, userLine } from "./prompt.ts";
import type { Place } from "./tools.ts";
import { createTranslator } from "./translate.ts";
import { createUsage } from "./usage.ts";
import type { NativeMessage, ResultMessage, SystemMessage } from "./wire.ts";

/** How much a stop reads past a pause, to see Claude Code's answer to it. */
const STOP_READ_BYTES = 1024 * 1024;
const CANCELLED: TurnResult = { ok: true, stop_reason: "cancelled" };

export interface ConversationOptions {
  readonly agent: Agent;
  readonly options: AgentOptions;
  readonly host: AdapterHost;
  readonly place: Place;
  /** The process goes on with an earlier conversation. */
  readonly isResumed: boolean;
  emit(event: AdapterEvent): boolean;
  notice(level: "info" | "warning", code: NoticeCode, text: string): boolean;
  /** Claude Code has said which conversation this is; said again in each turn. */
  onIdentity(nativeId: string): void;
}

export interface Conversation {
  /** Gives it a message and settles when it is done, gone, or was stopped. Never rejects. */
  run(content: PromptContent, signal: AbortSignal): Promise<TurnResult>;
  /** Whether a turn runs that takes more text. */
  isOpen(): boolean;
  /** Whether the text went into the running turn. */
  steer(content: PromptContent): boolean;
  receive(message: NativeMessage): boolean;
  answer(approvalId: string, answer: ApprovalAnswer): boolean;
  /** The session is over: open questions are denied. */
  withdraw(reason: string): void;
  /** The process is gone. */
  end(error: TurnError): void;
}

interface Turn {
  readonly ending: Ending;
  isStopping: boolean;
  settle(result: TurnResult): void;
}

export function createConversation(conversation: ConversationOptions): Conversation {
  const { agent, options, host, place, emit, notice } = conversation;
  const { control } = agent;
  const propose = createPropose(place);
  const translator = createTranslator({ place, propose });
  const usage = createUsage();
  const approvals = createApprovals({
    control,
    place,
    emit,
    propose,
    refused: (text) => notice("warning", "unknown_request", text),
    inputOf: translator.inputOf,
    onWait: (nativeCallId) => void tell(translator.wait(nativeCallId, true)),
    onAllowed: (nativeCallId) => void tell(translator.wait(nativeCallId, false)),
  });
  let turn: Turn | undefined;
  /** It says what becomes of each line; without that nobody could tell when a turn with several lines ends. */
  let tellsFates = false;
  let model: string | undefined;
  usage.start(!conversation.isResumed);

  function say(event: AdapterEvent): boolean {
    if (event.type !== "notice" || event.code === undefined || event.level === "error") return emit(event);
    return notice(event.level, event.code, event.text);
  }

  function tell(events: readonly AdapterEvent[]): boolean {
    let mayGoOn = true;
    for (const event of events) mayGoOn = say(event) && mayGoOn;
    return mayGoOn;
  }

  function finish(result: TurnResult, said?: string): void {
    const ended = turn;
    if (ended === undefined) return;
    turn = undefined;
    approvals.withdraw("The turn ended before it was answered.", "deny");
    const broken = !result.ok || result.stop_reason === "cancelled";
    tell(translator.endTurn({ broken, said }));
    ended.settle(result);
  }

  function send(ending: Ending, content: PromptContent): void {
    const uuid = randomUUID();
    ending.sent(uuid);
    agent.write(userLine(content, uuid));
  }

  function stop(): void {
    if (turn === undefined) return;
    turn.isStopping = true;
    approvals.withdraw("The turn was stopped.", "stop");
    agent.readThrough(STOP_READ_BYTES);
    // What came of it shows in the turn's end.
    control.request({ subtype: "interrupt", cancel_queued: true }, 3 * host.stop_grace).catch(() => undefined);
  }

  /** Ends the turn if Claude Code is done with it. */
  function check(): void {
    if (turn?.ending.isOver() !== true) return;
    const result = turn.ending.result();
    if (turn.isStopping || result === undefined) finish(CANCELLED);
    else finish(outcomeOf(result), result.is_error ? undefined : result.result);
  }

  async function run(content: PromptContent, signal: AbortSignal): Promise<TurnResult> {
    let timer: NodeJS.Timeout | undefined;
    const onAbort = () => {
      stop();
      timer = setTimeout(async () => {
        await agent.kill("Claude Code did not answer the stop.", ["SIGTERM", "SIGKILL"]);
        finish(CANCELLED);
      }, host.stop_grace);
    };
    const end = new Promise<TurnResult>((settle) => {
      turn = { ending: createEnding(), isStopping: false, settle };
      translator.beginTurn();
      usage.beginTurn();
      send(turn.ending, content);
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    const result = await end;
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    return result;
  }

  function takeResult(message: ResultMessage): boolean {
    if (turn?.ending.isAnsweredBy(message) !== true) {
      usage.skip(message);
      return true;
    }
    const used = usage.take(message, { model, tokens: translator.contextTokens() });
    const mayGoOn = agent.hasLostConversation() || emit({ type: "usage.updated", usage: { ...used } });
    turn.ending.take(message);
    check();
    return mayGoOn;
  }

  function takeSystem(message: SystemMessage): boolean {
    if (message.subtype === "init") {
      model = message.model;
      if (message.session_id) conversation.onIdentity(message.session_id);
    }
    const { permissionMode } = message;
    if (permissionMode === undefined) return tell(translator.receive(message));
    const { isRefused, events } = options.reported(permissionMode);
    if (isRefused) {
      // Whatever led it there: it would act without being allowed to.
      const text = `Claude Code went into the permission mode "${permissionMode.slice(0, 64)}", which is not offered here. Its process was stopped.`;
      void agent.kill(text, ["SIGKILL"]);
    }
    return tell(events);
  }

  function receive(message: NativeMessage): boolean {
    switch (message.type) {
      case "control_request":
        if (turn?.isStopping && message.request.subtype === "can_use_tool") {
          control.respond(message.request_id, { behavior: "deny", message: "The turn was stopped.", interrupt: true });
          return true;
        }
        return approvals.ask(message);
      case "control_cancel_request":
        approvals.takeBack(message.request_id);
        return true;
      case "command_lifecycle":
        tellsFates = true;
        turn?.ending.take(message);
        check();
        return true;
      case "result":
        return takeResult(message);
      case "system":
        return takeSystem(message);
      default:
        return tell(translator.receive(message));
    }
  }

  return {
    run,
    isOpen: () => turn !== undefined && !turn.isStopping && tellsFates,
    steer(content) {
      if (turn === undefined || turn.isStopping || !tellsFates || !agent.isUsable()) return false;
      send(turn.ending, content);
      return true;
    },
    receive,
    answer: approvals.answer,
    withdraw: (reason) => approvals.withdraw(reason, "deny"),
    end(error) {
      approvals.withdraw("Claude Code's process ended.", "nothing");
      if (turn === undefined) tell(translator.endTurn({ broken: true }));
      else finish(turn.isStopping ? CANCELLED : { ok: false, error });
    },
  };
}
