/** The talk with one running pi: a turn at a time, its questions, and the watch that nothing runs unasked. */
import { randomUUID } from "node:crypto";
import type { AgentEvent, PiConfig, TurnError } from "@fairlead/protocol";
import type { AdapterHost, ApprovalAnswer, TurnResult } from "../contract.ts";
import type { NoticeCode } from "../notices.ts";
import { readGateQuestion, unaskedTools } from "../pi-gate.ts";
import { previewOf } from "../pi-preview.ts";
import type { Place } from "../pi-tools.ts";
import type { Agent } from "./agent.ts";
import { RefusedError } from "./calls.ts";
import { agentError } from "./errors.ts";
import type { AgentOptions } from "./options.ts";
import type { PromptFields } from "./prompt.ts";
import { createQuestions } from "./questions.ts";
import { createTranslator } from "./translate.ts";
import { createTurnWatch, type TurnWatch } from "./turn-watch.ts";
import { type AgentState, dispositionSchema, type NativeMessage, stateSchema, type UiRequest } from "./wire.ts";

/** How much a stop reads past a pause, to see pi's answer to it. */
const STOP_READ_BYTES = 1024 * 1024;
const CANCELLED: TurnResult = { ok: true, stop_reason: "cancelled" };
/** Lines for a terminal's furniture. */
const SILENT_METHODS = new Set(["setStatus", "setWidget", "setTitle", "set_editor_text"]);

export interface ConversationOptions {
  readonly agent: Agent;
  readonly options: AgentOptions;
  readonly config: PiConfig;
  readonly host: AdapterHost;
  readonly place: Place;
  emit(event: AgentEvent): boolean;
  notice(level: "info" | "warning", code: NoticeCode, text: string): boolean;
}

export interface TurnEnd {
  readonly result: TurnResult;
  /** pi's state at the end, where it ended by itself. */
  readonly state: AgentState | undefined;
  /** Texts that pi took for this turn and did not get to. */
  readonly leftover: readonly string[];
}

export interface Conversation {
  /** Sends a message and settles when pi is idle, gone, or was stopped. Never rejects. */
  run(message: PromptFields, signal: AbortSignal): Promise<TurnEnd>;
  /** Whether a turn runs that takes more text. */
  isOpen(): boolean;
  /** Whether pi took it into the running turn. */
  steer(message: PromptFields): Promise<boolean>;
  receive(message: NativeMessage): boolean;
  answer(approvalId: string, answer: ApprovalAnswer): boolean;
  /** Takes the open questions back; pi is told. */
  withdraw(reason: string): void;
  /** pi's process is gone. */
  end(error: TurnError): void;
}

interface Turn {
  readonly watch: TurnWatch;
  isStopping: boolean;
  settle(end: TurnEnd): void;
}

export function createConversation({ agent, options, config, host, place, emit, notice }: ConversationOptions): Conversation {
  const { calls, secret } = agent;
  const unasked = unaskedTools(config.ask);
  /** pi's ids of the calls that people allowed in this turn. */
  const allowed = new Set<string>();
  const preview = (tool: string, input: Readonly<Record<string, unknown>>) => previewOf(tool, input, place);
  const translator = createTranslator({ place, newId: randomUUID, preview });
  const questions = createQuestions({
    write: agent.write,
    emit,
    refused: (text) => notice("warning", "unknown_request", text),
    onAllowed: (nativeCallId) => allowed.add(nativeCallId),
  });
  let turn: Turn | undefined;

  function finish(end: TurnEnd): void {
    const ended = turn;
    if (ended === undefined) return;
    turn = undefined;
    allowed.clear();
    questions.withdraw("The turn ended before it was answered.", true);
    for (const event of translator.endTurn()) emit(event);
    ended.settle(end);
  }

  function fail(error: TurnError): void {
    finish({ result: { ok: false, error }, state: undefined, leftover: [] });
  }

  function outcome(): TurnResult {
    const { stop_reason, error } = translator.ending() ?? { stop_reason: "stop", error: undefined };
    if (turn?.isStopping || stop_reason === "aborted") return CANCELLED;
    if (stop_reason === "error") return { ok: false, error: agentError(error ?? "") };
    return { ok: true, stop_reason: stop_reason === "length" ? "max_tokens" : "end_turn" };
  }

  function stop(): void {
    const stopped = turn;
    if (stopped === undefined) return;
    stopped.isStopping = true;
    // pi does not hear the abort while it waits for an answer.
    questions.withdraw("The turn was stopped.", true);
    agent.readThrough(STOP_READ_BYTES);
    abort();
  }

  function abort(): void {
    // What came of it shows in the turn's end.
    void calls.send({ type: "abort" }).catch(() => undefined);
  }

  function say(event: AgentEvent): boolean {
    if (event.type !== "notice" || event.code === undefined || event.level === "error") return emit(event);
    return notice(event.level, event.code, event.text);
  }

  async function run(message: PromptFields, signal: AbortSignal): Promise<TurnEnd> {
    let timer: NodeJS.Timeout | undefined;
    const onAbort = () => {
      stop();
      timer = setTimeout(async () => {
        await agent.kill("pi did not answer the stop.", ["SIGTERM", "SIGKILL"]);
        finish({ result: CANCELLED, state: undefined, leftover: [] });
      }, host.stop_grace);
    };
    const end = new Promise<TurnEnd>((settle) => {
      const watch = createTurnWatch({
        state: async () => stateSchema.parse(await calls.send({ type: "get_state" })),
        onEnd: (state, leftover) => finish({ result: outcome(), state, leftover }),
      });
      turn = { watch, isStopping: false, settle };
    });
    translator.beginTurn(options.contextSize());
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    void submit(message);
    const ended = await end;
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    return ended;
  }

  async function submit(message: PromptFields): Promise<void> {
    const mine = turn;
    try {
      const { disposition } = dispositionSchema.parse(await calls.send({ type: "prompt", ...message }));
      if (turn === mine) mine?.watch.accepted(disposition);
    } catch (error) {
      // When pi is gone its end ends the turn.
      if (error instanceof RefusedError && turn === mine) fail(agentError(error.message));
    }
  }

  /** The last line of defence: should the gate be gone or be fooled, nothing goes on unasked. */
  function ranUnasked(message: NativeMessage): string | undefined {
    const isProof = message.type === "tool_execution_update" || (message.type === "tool_execution_end" && !message.isError);
    return isProof && !unasked.has(message.toolName) && !allowed.has(message.toolCallId) ? message.toolName : undefined;
  }

  function ask(request: UiRequest): boolean {
    if (request.method === "notify") {
      return notice(request.notifyType === "info" ? "info" : "warning", "diagnostic", request.message);
    }
    if (SILENT_METHODS.has(request.method)) return true;
    if (turn === undefined || turn.isStopping) {
      questions.cancel(request.id);
      return turn !== undefined || notice("warning", "unknown_request", "pi asked something while no turn was running; it was refused.");
    }
    const question = readGateQuestion(request, secret);
    if (question === undefined) return questions.askDialog(request);
    return questions.askGate(request.id, question, { place, tool_call_id: translator.idOf(question.toolCallId), preview });
  }

  function receive(message: NativeMessage): boolean {
    if (message.type === "extension_ui_request") return ask(message);
    const culprit = ranUnasked(message);
    if (culprit !== undefined) {
      const text = `pi ran "${culprit.slice(0, 64)}" without asking, although it must ask. Its process was killed.`;
      void agent.kill(text, ["SIGKILL"]);
      return true;
    }
    // A stop that came before pi had begun found nothing to stop.
    if (message.type === "agent_start" && turn?.isStopping) abort();
    let mayGoOn = true;
    for (const event of translator.receive(message)) mayGoOn = say(event) && mayGoOn;
    turn?.watch.receive(message);
    return mayGoOn;
  }

  return {
    run,
    isOpen: () => turn !== undefined && !turn.isStopping,
    async steer(message) {
      const mine = turn;
      if (mine === undefined || mine.isStopping) return false;
      const taken = calls.send({ type: "steer", ...message }).then(
        () => true,
        () => false,
      );
      mine.watch.added();
      return taken;
    },
    receive,
    answer: questions.answer,
    withdraw: (reason) => questions.withdraw(reason, true),
    end(error) {
      questions.withdraw("pi's process ended.", false);
      if (turn?.isStopping) finish({ result: CANCELLED, state: undefined, leftover: [] });
      else fail(error);
    },
  };
}
