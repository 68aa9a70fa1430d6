/** One session with pi: its process from the first message on, its turns, and going on after the process has died. */
import type { PiConfig, TurnError } from "@fairlead/protocol";
import type { AdapterEvent, AdapterHost, AgentSession, OpenSession, TurnInput, TurnResult } from "../contract.ts";
import { createNotices, type NoticeCode } from "../notices.ts";
import { createPauses } from "../pauses.ts";
import { type Agent, startAgent } from "./agent.ts";
import { RefusedError } from "./calls.ts";
import { type Conversation, createConversation } from "./conversation.ts";
import { findNative } from "./native.ts";
import { type AgentOptions, createAgentOptions } from "./options.ts";
import { promptOf } from "./prompt.ts";

const CANCELLED: TurnResult = { ok: true, stop_reason: "cancelled" };

/** A pi that is ready for work. */
interface Ready {
  readonly agent: Agent;
  readonly options: AgentOptions;
  readonly conversation: Conversation;
}

type Opened = { readonly ok: true; readonly ready: Ready } | Extract<TurnResult, { ok: false }>;

export function openSession(config: PiConfig, host: AdapterHost, session: OpenSession): AgentSession {
  const { emit } = session;
  const work_dir = session.work_dir ?? host.processes.workDir(config);
  const home = host.processes.workDir({});
  const makeNotice = createNotices();
  const pauses = createPauses();
  const closing = new AbortController();
  /** What people chose here; set again in each new process. */
  const settings = new Map(Object.entries(session.settings ?? {}));
  const strangeTypes = new Set<string>();
  let nativeId = session.native_id;
  let opening: Promise<Opened> | undefined;
  let latest: Ready | undefined;
  let running: Promise<unknown> = Promise.resolve();

  function notice(level: "info" | "warning", code: NoticeCode, text: string): boolean {
    const event = makeNotice(level, code, text);
    return event === undefined ? true : emit(event);
  }

  function tell(events: readonly AdapterEvent[]): boolean {
    let mayGoOn = true;
    for (const event of events) mayGoOn = emit(event) && mayGoOn;
    return mayGoOn;
  }

  function ensureReady(): Promise<Opened> {
    if (latest !== undefined && !latest.agent.isUsable()) opening = undefined;
    opening ??= openReady();
    return opening;
  }

  async function openReady(): Promise<Opened> {
    const former = latest;
    latest = undefined;
    // One writer for a conversation: the old process must be gone.
    await former?.agent.ended;
    const opened = await openAgent(former !== undefined).catch((error: unknown) => internal(error));
    if (!opened.ok) {
      opening = undefined;
      return opened;
    }
    latest = opened.ready;
    return opened;
  }

  async function openAgent(isAgain: boolean): Promise<Opened> {
    const wanted = nativeId;
    const found = wanted === null ? undefined : await findNative(wanted, config, home);
    if (found?.kind === "gone") return begin({ resume: undefined, cwd: work_dir, isAgain, lost: found.reason });
    if (found === undefined || wanted === null) return begin({ resume: undefined, cwd: work_dir, isAgain });
    if (found.kind === "elsewhere") return begin({ resume: wanted, cwd: work_dir, isAgain });
    return begin({ resume: found.path, cwd: found.cwd ?? work_dir, isAgain });
  }

  interface Beginning {
    readonly resume: string | undefined;
    /** Where pi's tools will work: a conversation goes on in the folder it began in. */
    readonly cwd: string;
    readonly isAgain: boolean;
    /** Why the conversation that was wanted cannot go on. */
    readonly lost?: string;
  }

  async function begin(beginning: Beginning): Promise<Opened> {
    const { resume, cwd } = beginning;
    let conversation: Conversation | undefined;
    const started = await startAgent(
      { config, host, work_dir, resume, signal: closing.signal },
      {
        onMessage: (message) => conversation?.receive(message) ?? true,
        onTrouble: announce,
        resumed: () => pauses.until(session.resumed()),
        onEnd: (error) => conversation?.end(error),
      },
    );
    if (!started.ok) {
      if (!started.unknownSession || closing.signal.aborted) return { ok: false, error: started.error };
      return begin({ ...beginning, resume: undefined, cwd: work_dir, lost: "pi does not know it any more" });
    }
    const { agent } = started;
    const options = createAgentOptions(agent.calls, agent.state);
    conversation = createConversation({ agent, options, config, host, place: { cwd, home }, emit, notice });
    await introduce(agent, options, beginning);
    return { ok: true, ready: { agent, options, conversation } };
  }

  /** Says which conversation this is, sets what people chose, and tells what can be set. */
  async function introduce(agent: Agent, options: AgentOptions, { cwd, isAgain, lost }: Beginning): Promise<void> {
    const { sessionId } = agent.state;
    const isLost = lost !== undefined || (nativeId !== null && nativeId !== sessionId);
    if (isLost)
      notice(
        "warning",
        "resumed",
        `The conversation ${nativeId} could not be resumed: ${lost ?? "pi opened another one"}. A new one begins.`,
      );
    else if (isAgain) notice("info", "restarted", "pi's process had ended and was started anew; the conversation goes on.");
    else if (nativeId !== null) notice("info", "resumed", "pi goes on with the conversation.");
    if (cwd !== work_dir) notice("info", "resumed", `pi works in ${cwd}, where the conversation began.`);
    identify(sessionId);
    await options.load();
    for (const [optionId, valueId] of settings) {
      await options.set(optionId, valueId).catch((error: unknown) => notice("warning", "diagnostic", messageOf(error)));
    }
    tell(options.describe());
  }

  function identify(sessionId: string): void {
    if (nativeId === sessionId) return;
    nativeId = sessionId;
    emit({ type: "session.identified", native_id: sessionId });
  }

  function announce(code: NoticeCode, text: string, type?: string): boolean {
    // A message that pi sends all the time is told once.
    if (code === "unknown_message" && type !== undefined) {
      if (strangeTypes.has(type) || strangeTypes.size >= 100) return true;
      strangeTypes.add(type);
    }
    return notice(code === "diagnostic" ? "info" : "warning", code, text);
  }

  async function runTurn(input: TurnInput, signal: AbortSignal): Promise<TurnResult> {
    if (signal.aborted) return CANCELLED;
    const aborted = new Promise<undefined>((resolve) => {
      signal.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    let message = await promptOf(input);
    for (;;) {
      const opened = await Promise.race([ensureReady(), aborted]);
      if (opened === undefined || signal.aborted) return CANCELLED;
      if (!opened.ok) return opened;
      const { agent, conversation } = opened.ready;
      const end = await conversation.run(message, signal);
      if (end.state !== undefined) {
        identify(end.state.sessionId);
        tell(opened.ready.options.take(end.state));
      }
      if (end.leftover.length === 0 || signal.aborted) return end.result;
      // Before 0.87, a text that came just as pi was done lies in its memory. A new process has no such memory, and is told it anew.
      await agent.close();
      message = { message: end.leftover.join("\n\n") };
    }
  }

  return {
    async runTurn(input, signal) {
      const turn = runTurn(input, AbortSignal.any([signal, closing.signal])).catch((error: unknown) => internal(error));
      running = turn;
      return await turn;
    },
    answer: async (approvalId, answer) => latest?.conversation.answer(approvalId, answer) ?? false,
    async steer(input) {
      const ready = latest;
      if (ready?.conversation.isOpen() !== true) return false;
      const fields = await promptOf(input);
      return ready.conversation.steer(fields);
    },
    async configure(optionId, valueId) {
      const opened = await ensureReady();
      if (!opened.ok) throw new Error(opened.error.message);
      const event = await opened.ready.options.set(optionId, valueId).catch((error: unknown) => {
        throw error instanceof RefusedError ? new Error(`pi refused: ${error.message}`) : error;
      });
      settings.set(optionId, valueId);
      emit(event);
    },
    async close() {
      closing.abort();
      await running;
      await opening;
      latest?.conversation.withdraw("The session was closed.");
      pauses.endAll();
      await latest?.agent.close();
    },
  };
}

function internal(error: unknown): { readonly ok: false; readonly error: TurnError } {
  return { ok: false, error: { kind: "internal", message: messageOf(error).slice(0, 8_000) } };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
