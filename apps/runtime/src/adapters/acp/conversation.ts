/** A session of ours with one running agent: what it says and asks, and the turns it is given. It ends with the agent's process. */
import type { AgentEvent, TurnError } from "@fairlead/protocol";
import { RPC_METHOD_NOT_FOUND, RpcError, type RpcId } from "../../process/json-rpc.ts";
import type { AdapterHost, ApprovalAnswer, OpenSession, TurnInput, TurnResult } from "../contract.ts";
import { createNotices, type NoticeCode } from "../notices.ts";
import type { Agent } from "./agent.ts";
import { type ClientMethods, createClientMethods, type Reply } from "./client-methods.ts";
import { failureInWords, failureOf } from "./failures.ts";
import { currentReader } from "./files.ts";
import { createLoadWaits } from "./load-waits.ts";
import { createOptionSetter, type OptionSetter, openSession } from "./opening.ts";
import { createPermissionRequests } from "./permission-requests.ts";
import type { PiBridge } from "./pi-bridge.ts";
import { type PromptBlock, promptOf } from "./prompt.ts";
import { createQuestions } from "./questions.ts";
import type { EndpointSettings } from "./settings.ts";
import { createTranslator, hiddenFailure, type Phase } from "./translate.ts";
import { cancelRequestSchema, promptResultSchema, sessionUpdateSchema } from "./wire.ts";

const CANCELLED: TurnResult = { ok: true, stop_reason: "cancelled" };

export interface OpenedConversation {
  readonly native_id: string;
  readonly isNew: boolean;
  /** Another process can go on with it at once and without loss. */
  readonly canMove: boolean;
}

export interface Conversation {
  notification(method: string, params: unknown): boolean;
  request(id: RpcId, method: string, params: unknown): boolean;
  trouble(code: NoticeCode, text: string): void;
  /** The agent's process has ended. */
  died(): void;
  /** Opens the agent's session; rejects with what the agent says. */
  open(nativeId: string | null): Promise<OpenedConversation>;
  /** Settles when the agent ends the turn or dies. Never rejects. */
  runTurn(input: TurnInput): Promise<TurnResult>;
  /** Asks the agent to end the turn; open questions are answered first. */
  stop(): void;
  answer(approvalId: string, answer: ApprovalAnswer): boolean;
  configure(optionId: string, valueId: string): Promise<void>;
  /** Ends commands that the agent runs through us. */
  stopTerminals(): Promise<void>;
}

export interface ConversationOptions {
  readonly agent: Agent;
  readonly settings: EndpointSettings;
  readonly host: AdapterHost;
  readonly session: OpenSession;
  readonly work_dir: string;
  /** Where the agent drives pi. */
  readonly bridge: PiBridge | undefined;
  /** What people said when they denied something and the agent has not heard yet. Outlives this conversation. */
  readonly remarks: string[];
  /** Values that people chose, by option id. Outlives this conversation. */
  readonly chosen: Map<string, string>;
  resumed(): Promise<void>;
  /** The session is being closed. */
  readonly closing: AbortSignal;
}

export function createConversation(options: ConversationOptions): Conversation {
  const { agent, settings, session, work_dir, bridge, remarks, chosen } = options;
  const { rpc } = agent;
  const makeNotice = createNotices();
  const questions = createQuestions(session.emit);
  const waits = createLoadWaits(options.closing);
  let sessionId: string | undefined;
  let phase: Phase = "history";
  let isStopping = false;
  let setter: OptionSetter | undefined;
  let takesPictures = false;
  const translator = createTranslator({ work_dir, sums_usage: settings.sums_usage, notice: makeNotice });

  const methods: ClientMethods = createClientMethods({
    config: settings.config,
    host: options.host,
    session,
    work_dir,
    questions,
    mayAsk: () => phase === "turn" && !isStopping,
    respond: reply,
    outputOf: (terminalId, text) => (phase === "turn" ? translator.calls.output(terminalId, text) : []),
    resumed: options.resumed,
  });

  const takePermissionRequest = createPermissionRequests({
    rpc,
    questions,
    calls: translator.calls,
    around: { work_dir, read: currentReader(work_dir) },
    remarks,
    bridge,
    state: () => (isStopping ? "stopping" : phase === "turn" ? "turn" : "between"),
    emit: emitAll,
    notice,
    grant: methods.grant,
  });

  function emitAll(events: readonly AgentEvent[]): boolean {
    return events.reduce((mayGoOn, event) => session.emit(event) && mayGoOn, true);
  }

  function notice(level: "info" | "warning", code: NoticeCode, text: string): boolean {
    const event = makeNotice(level, code, text);
    return event === undefined ? true : session.emit(event);
  }

  function reply(id: RpcId, answer: Reply): void {
    if (answer.ok) rpc.respond(id, answer.result);
    else rpc.refuse(id, answer.code, answer.message);
  }

  function notification(method: string, params: unknown): boolean {
    if (method === "session/update") return update(params);
    if (method === "$/cancel_request") {
      const id = cancelRequestSchema.safeParse(params).data?.requestId;
      if (id !== undefined) questions.takeBack(id, "The agent took the question back.");
      return true;
    }
    // Additions of single agents and of JSON-RPC itself may be ignored.
    if (method.startsWith("_") || method.startsWith("$/")) return true;
    return notice("info", "unknown_message", `The agent sent an unknown notification: ${method.slice(0, 64)}`);
  }

  function update(params: unknown): boolean {
    waits.told();
    const told = sessionUpdateSchema.safeParse(params).data;
    if (told === undefined) return notice("warning", "bad_line", "An update of the agent is not valid.");
    if (sessionId !== undefined && told.sessionId !== undefined && told.sessionId !== sessionId) {
      return notice("info", "unknown_message", `The agent told of a session that is not this one: ${told.sessionId.slice(0, 64)}`);
    }
    const culprit = phase === "turn" ? bridge?.ranUnasked(told.update) : undefined;
    if (culprit !== undefined) {
      agent.fail(`pi ran "${culprit.slice(0, 64)}" without asking, although it must ask. Its process was killed.`);
      return true;
    }
    return emitAll(translator.update(told.update, phase));
  }

  function request(id: RpcId, method: string, params: unknown): boolean {
    if (method === "session/request_permission") return takePermissionRequest(id, params);
    if (methods.take(id, method, params)) return true;
    rpc.refuse(id, RPC_METHOD_NOT_FOUND, `"${method.slice(0, 64)}" is not offered`);
    if (method === "elicitation/create") {
      const text =
        "The agent wanted to ask something by a form of its own (elicitation), which is not passed on: it was told to go on without.";
      return notice("warning", "unknown_request", text);
    }
    return notice("info", "unknown_request", `The agent asked for something this runtime does not offer: ${method.slice(0, 64)}`);
  }

  async function rest(nativeId: string): Promise<void> {
    const left = settings.restLeft(nativeId);
    if (left <= 0) return;
    const seconds = Math.ceil(left / 1_000);
    notice("info", "resumed", `This agent loses a conversation that is loaded right after its last use; it is loaded in ${seconds} s.`);
    await waits.rest(left);
  }

  /** One prompt and its end. */
  async function prompt(blocks: readonly PromptBlock[]): Promise<TurnResult> {
    try {
      const answer = await rpc.request("session/prompt", { sessionId, prompt: blocks });
      const result = promptResultSchema.safeParse(answer).data;
      if (result !== undefined) emitAll(translator.usage.prompted(result));
      if (result?.stopReason === undefined) notice("info", "unknown_message", "The agent ended the turn without a known reason.");
      return { ok: true, stop_reason: result?.stopReason ?? "end_turn" };
    } catch (error) {
      return { ok: false, error: failed(error) };
    }
  }

  function failed(error: unknown): TurnError {
    const death = agent.death();
    return death !== undefined && !(error instanceof RpcError) ? death : failureOf(error, settings.sign_in);
  }

  /** What became of a prompt whose agent called it done. */
  function judge(result: TurnResult): TurnResult {
    if (!result.ok || result.stop_reason !== "end_turn" || isStopping) return result;
    const hidden = hiddenFailure(translator.deeds());
    if (hidden === undefined) return result;
    if (typeof hidden !== "string") return { ok: false, error: failureInWords(hidden.words, settings.sign_in) };
    notice("warning", "diagnostic", hidden);
    return result;
  }

  /**
   * The protocol has no place for the reason of a denial. So when the agent has ended its turn, or what it made of the denial, it hears the
   * reason as a prompt of its own within the same turn; if that cannot be, before the next message.
   */
  async function converse(input: TurnInput): Promise<TurnResult> {
    let text: Pick<TurnInput, "text" | "attachments"> = input;
    for (;;) {
      const carried = remarks.splice(0);
      const blocks = await promptOf(text, { remarks: carried, pictures: takesPictures });
      if (isStopping) {
        remarks.unshift(...carried);
        return CANCELLED;
      }
      const result = judge(await prompt(blocks));
      if (!result.ok) remarks.unshift(...carried);
      const mayGoOn = result.ok && (result.stop_reason === "end_turn" || result.stop_reason === "cancelled") && !isStopping;
      if (!mayGoOn || remarks.length === 0) return result;
      text = { text: "" };
    }
  }

  return {
    notification,
    request,
    trouble: (code, text) => void notice("warning", code, text),
    died() {
      questions.withdrawAll("The agent's process ended.");
      void methods.stopTerminals();
      const words = agent.diagnostics();
      if (words !== "" && (phase === "turn" || sessionId === undefined)) notice("info", "diagnostic", `The agent's last words:\n${words}`);
    },
    async open(nativeId) {
      const { config } = settings;
      const about = await agent.initialize({ fs: config.fs, terminal: config.terminal });
      takesPictures = about.agentCapabilities.promptCapabilities.image;
      const opened = await openSession(
        { rpc, about, config, work_dir, notice: (...told) => void notice(...told), rest, quiet: waits.quiet },
        nativeId,
      );
      sessionId = opened.session_id;
      if (opened.isNew) translator.usage.startNew();
      translator.options.take(opened.setup);
      setter = createOptionSetter({ rpc, session_id: sessionId, options: translator.options, notice: (...told) => void notice(...told) });
      await setter.apply({ mode: config.mode, model: config.model, settings: Object.fromEntries(chosen) });
      phase = "idle";
      if (translator.options.list().length > 0) session.emit(translator.options.event());
      return { native_id: sessionId, isNew: opened.isNew, canMove: about.agentCapabilities.sessionCapabilities.resume };
    },
    async runTurn(input) {
      phase = "turn";
      isStopping = false;
      translator.begin();
      bridge?.beginTurn();
      const result = await converse(input);
      if (isStopping) void methods.stopTerminals();
      questions.withdrawAll("The turn ended before it was answered.");
      emitAll(translator.calls.closeAll());
      phase = isStopping ? "muted" : "idle";
      return result;
    },
    stop() {
      isStopping = true;
      questions.withdrawAll("The turn was stopped.");
      void methods.stopTerminals();
      agent.readOn();
      rpc.notify("session/cancel", { sessionId });
    },
    answer: questions.answer,
    async configure(optionId, valueId) {
      if (setter === undefined) throw new Error("The agent has not begun a session yet.");
      const before = phase;
      // Some say in words that they did.
      if (phase === "idle") phase = "muted";
      try {
        await setter.set(optionId, valueId);
      } finally {
        if (phase === "muted") phase = before;
      }
      chosen.set(optionId, valueId);
      session.emit(translator.options.event());
    },
    stopTerminals: methods.stopTerminals,
  };
}
