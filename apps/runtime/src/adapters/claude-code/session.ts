/** One session with Claude Code: its process from the first message on, its turns, and going on after the process has died. */
import type { ClaudeCodeConfig, TurnError } from "@fairlead/protocol";
import type { AdapterHost, AgentSession, OpenSession, TurnInput, TurnResult } from "../contract.ts";
import { createNotices, type NoticeCode } from "../notices.ts";
import { createPauses } from "../pauses.ts";
import { type Agent, ANSWER_LIMIT_MS, startAgent } from "./agent.ts";
import { RefusedError } from "./control.ts";
import { type Conversation, createConversation } from "./conversation.ts";
import { createOptions, MODE } from "./options.ts";
import { type PromptContent, promptOf } from "./prompt.ts";
import type { Initialized } from "./wire.ts";

const CANCELLED: TurnResult = { ok: true, stop_reason: "cancelled" };
/** What `--resume` takes for an id and nothing else. */
const NATIVE_ID = /^[A-Za-z0-9][\w.-]*$/;

interface Ready {
  readonly agent: Agent;
  readonly conversation: Conversation;
}

type Opened = { readonly ok: true; readonly ready: Ready } | { readonly ok: false; readonly error: TurnError };

export interface SessionOptions {
  readonly config: ClaudeCodeConfig;
  readonly host: AdapterHost;
  /** Which session of this endpoint writes to which of Claude Code's conversations: two writers would lose each other's words. */
  readonly writers: Map<string, OpenSession>;
}

export function openSession({ config, host, writers }: SessionOptions, session: OpenSession): AgentSession {
  const { emit } = session;
  const work_dir = session.work_dir ?? host.processes.workDir(config);
  const place = { cwd: work_dir, home: config.env.HOME ?? host.processes.workDir({}) };
  const options = createOptions(config, session.settings ?? {});
  const makeNotice = createNotices();
  const pauses = createPauses();
  const closing = new AbortController();
  const strangeTypes = new Set<string>();
  let nativeId = session.native_id;
  let opening: Promise<Opened> | undefined;
  let latest: Ready | undefined;
  let running: Promise<unknown> = Promise.resolve();

  function notice(level: "info" | "warning", code: NoticeCode, text: string): boolean {
    const event = makeNotice(level, code, text);
    return event === undefined ? true : emit(event);
  }

  function announce(code: NoticeCode, text: string, type?: string): boolean {
    // A message that is sent all the time is told once.
    if (code === "unknown_message" && type !== undefined) {
      if (strangeTypes.has(type) || strangeTypes.size >= 100) return true;
      strangeTypes.add(type);
    }
    return notice(code === "diagnostic" ? "info" : "warning", code, text);
  }

  function ensureReady(): Promise<Opened> {
    if (latest !== undefined && !latest.agent.isUsable()) opening = undefined;
    opening ??= openReady().then((opened) => {
      if (!opened.ok) opening = undefined;
      return opened;
    });
    return opening;
  }

  async function openReady(): Promise<Opened> {
    const former = latest;
    latest = undefined;
    // One writer for a conversation: the old process must be gone.
    await former?.agent.ended;
    if (former?.agent.hasLostConversation()) forget("Claude Code does not know it any more");
    else if (nativeId !== null && !NATIVE_ID.test(nativeId)) forget("it is no id of Claude Code");
    if (nativeId !== null && !claim(nativeId)) {
      return failure("protocol", `The conversation ${nativeId} is open in another session. Close that one first.`);
    }
    return begin(nativeId, former !== undefined);
  }

  function forget(reason: string): void {
    notice("warning", "resumed", `The conversation ${nativeId} could not be resumed: ${reason}. A new conversation begins.`);
    if (nativeId !== null && writers.get(nativeId) === session) writers.delete(nativeId);
    nativeId = null;
  }

  function claim(id: string): boolean {
    const writer = writers.get(id) ?? session;
    writers.set(id, writer);
    return writer === session;
  }

  async function begin(resume: string | null, isAgain: boolean): Promise<Opened> {
    let conversation: Conversation | undefined;
    let isIntroduced = false;
    const started = await startAgent(
      { config, host, options, work_dir, resume },
      {
        onMessage: (message) => conversation?.receive(message) ?? true,
        onTrouble: announce,
        resumed: () => pauses.until(session.resumed()),
        onEnd: (error) => conversation?.end(error),
      },
    );
    if (!started.ok) return started;
    const { agent } = started;
    conversation = createConversation({
      agent,
      options,
      host,
      place,
      isResumed: resume !== null,
      emit,
      notice,
      onIdentity(id) {
        if (!isIntroduced) introduce({ id, resume, isAgain });
        isIntroduced = true;
        identify(id);
      },
    });
    void agent.initialized.then(offer, () => undefined);
    latest = { agent, conversation };
    return { ok: true, ready: latest };
  }

  function offer(initialized: Initialized): void {
    if (closing.signal.aborted) return;
    for (const event of options.offered(initialized)) emit(event);
  }

  /** The first word of a process: whether it goes on where it should. */
  function introduce({ id, resume, isAgain }: { id: string; resume: string | null; isAgain: boolean }): void {
    if (resume !== null && id !== resume) {
      notice("warning", "resumed", `The conversation ${resume} could not be resumed: Claude Code opened another one.`);
    } else if (isAgain && resume !== null) {
      notice("info", "restarted", "Claude Code's process had ended and was started anew; the conversation goes on.");
    } else if (resume !== null) notice("info", "resumed", "Claude Code goes on with the conversation.");
  }

  function identify(id: string): void {
    if (nativeId === id || id.length > 512) return;
    if (nativeId !== null && writers.get(nativeId) === session) writers.delete(nativeId);
    nativeId = id;
    claim(id);
    emit({ type: "session.identified", native_id: id });
  }

  async function runTurn(input: TurnInput, signal: AbortSignal): Promise<TurnResult> {
    if (signal.aborted) return CANCELLED;
    const aborted = new Promise<undefined>((resolve) => {
      signal.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    const content = await promptOf(input);
    for (;;) {
      const opened = await Promise.race([ensureReady(), aborted]);
      if (opened === undefined || signal.aborted) return CANCELLED;
      if (!opened.ok) return opened;
      const result = await giveTo(opened.ready, content, signal);
      if (result !== undefined) return result;
    }
  }

  /** Undefined when Claude Code did not know the conversation it was to go on with: the message is for a new one. */
  async function giveTo({ agent, conversation }: Ready, content: PromptContent, signal: AbortSignal): Promise<TurnResult | undefined> {
    const result = await conversation.run(content, signal);
    if (!agent.hasLostConversation() || signal.aborted) return result;
    await agent.kill("Claude Code did not know the conversation.", ["SIGTERM", "SIGKILL"]);
    return undefined;
  }

  /** A Claude Code that has said what it offers. */
  async function ensureIntroduced(): Promise<Ready> {
    for (;;) {
      const opened = await ensureReady();
      if (!opened.ok) throw new Error(opened.error.message);
      const { agent } = opened.ready;
      const failed = await agent.initialized.then(
        () => undefined,
        (error: Error) => error,
      );
      if (failed === undefined) return opened.ready;
      if (!agent.hasLostConversation() || closing.signal.aborted) throw failed;
      await agent.kill("Claude Code did not know the conversation.", ["SIGTERM", "SIGKILL"]);
    }
  }

  return {
    async runTurn(input, signal) {
      const turn = runTurn(input, AbortSignal.any([signal, closing.signal])).catch((error: unknown) =>
        failure("internal", messageOf(error)),
      );
      running = turn;
      return await turn;
    },
    answer: async (approvalId, answer) => latest?.conversation.answer(approvalId, answer) ?? false,
    async steer(input) {
      const ready = latest;
      if (ready?.conversation.isOpen() !== true) return false;
      return ready.conversation.steer(await promptOf(input));
    },
    async configure(optionId, valueId) {
      const { agent } = await ensureIntroduced();
      options.check(optionId, valueId);
      const request = optionId === MODE ? { subtype: "set_permission_mode", mode: valueId } : { subtype: "set_model", model: valueId };
      await agent.control.request(request, ANSWER_LIMIT_MS).catch((error: unknown) => {
        throw error instanceof RefusedError ? new Error(`Claude Code refused: ${error.message}`) : error;
      });
      for (const event of options.chosen(optionId, valueId)) emit(event);
    },
    async close() {
      closing.abort();
      await running;
      await opening;
      latest?.conversation.withdraw("The session was closed.");
      pauses.endAll();
      await latest?.agent.close();
      if (nativeId !== null && writers.get(nativeId) === session) writers.delete(nativeId);
    },
  };
}

function failure(kind: TurnError["kind"], message: string): { readonly ok: false; readonly error: TurnError } {
  return { ok: false, error: { kind, message: message.slice(0, 8_000) } };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
