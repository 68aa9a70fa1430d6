/**
 * A session over a process of its own: started with the first turn, kept between turns, started again when it has died. One process for
 * each session, although ACP could share one: a stop that ends in a kill, a crash, a folder or a sign-in is then of one session alone.
 */
import type { TurnError } from "@fairlead/protocol";
import type { AdapterHost, AgentSession, OpenSession, TurnInput, TurnResult } from "../contract.ts";
import { createPauses } from "../pauses.ts";
import { type Agent, createAgent } from "./agent.ts";
import { type Conversation, createConversation } from "./conversation.ts";
import { failureOf } from "./failures.ts";
import { NO_GATE, openPiBridge, type PiBridge } from "./pi-bridge.ts";
import type { EndpointSettings } from "./settings.ts";

const CANCELLED: TurnResult = { ok: true, stop_reason: "cancelled" };

interface Live {
  readonly agent: Agent;
  readonly conversation: Conversation;
  readonly bridge: PiBridge | undefined;
  /** Another process can go on with the conversation at once and without loss. */
  canMove: boolean;
}

type LiveResult = { readonly ok: true; readonly live: Live } | { readonly ok: false; readonly error: TurnError };

export interface SessionOptions {
  readonly settings: EndpointSettings;
  readonly host: AdapterHost;
  readonly session: OpenSession;
}

export function createSession({ settings, host, session }: SessionOptions): AgentSession {
  const { config } = settings;
  const work_dir = session.work_dir ?? host.processes.workDir(config);
  const remarks: string[] = [];
  const chosen = new Map(Object.entries(session.settings ?? {}));
  const pauses = createPauses();
  const closing = new AbortController();
  let nativeId = session.native_id;
  let opening: Promise<LiveResult> | undefined;
  let latest: Live | undefined;
  let hasLived = false;
  let running: Promise<unknown> = Promise.resolve();

  function ensure(): Promise<LiveResult> {
    if (latest !== undefined && !latest.agent.isUsable()) opening = undefined;
    opening ??= start().then((result) => {
      // What failed is tried anew with the next message.
      if (!result.ok) opening = undefined;
      return result;
    });
    return opening;
  }

  async function start(): Promise<LiveResult> {
    const former = latest;
    latest = undefined;
    // One process alone may write a conversation.
    await former?.agent.ended;
    if (closing.signal.aborted) return { ok: false, error: { kind: "interrupted", message: "The session was closed." } };
    let bridge: PiBridge | undefined;
    try {
      bridge = await openBridge();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { ok: false, error: { kind: "internal", message: `The permission gate for pi could not be written: ${reason}` } };
    }
    const env = { ...config.env, ...bridge?.env };
    const started = await host.processes.start({ ...config, work_dir, env }, { grace: host.stop_grace });
    if (!started.ok) {
      await bridge?.remove();
      return started;
    }
    const agent: Agent = createAgent(started.process, {
      onNotification: (method, params) => conversation.notification(method, params),
      onRequest: (id, method, params) => conversation.request(id, method, params),
      onTrouble: (code, text) => conversation.trouble(code, text),
      resumed,
      onEnd: () => conversation.died(),
    });
    const conversation = createConversation({
      agent,
      settings,
      host,
      session,
      work_dir,
      bridge,
      remarks,
      chosen,
      resumed,
      closing: closing.signal,
    });
    const live: Live = { agent, conversation, bridge, canMove: false };
    latest = live;
    void agent.ended.then(() => bridge?.remove());
    try {
      await open(live);
      return { ok: true, live };
    } catch (error) {
      const death = agent.death();
      await end(live);
      return { ok: false, error: death ?? failureOf(error, settings.sign_in) };
    }
  }

  async function openBridge(): Promise<PiBridge | undefined> {
    const { pi } = settings;
    return pi === undefined ? undefined : openPiBridge({ pi, config }, host, work_dir);
  }

  async function end({ agent, bridge }: Live): Promise<void> {
    await agent.close(host.stop_grace);
    await bridge?.remove();
  }

  async function open(live: Live): Promise<void> {
    const wanted = nativeId;
    const opened = await live.conversation.open(wanted);
    if (live.bridge?.isGated() === false) throw new Error(NO_GATE);
    live.canMove = opened.canMove;
    nativeId = opened.native_id;
    settings.used(nativeId);
    if (opened.native_id !== wanted) session.emit({ type: "session.identified", native_id: opened.native_id });
    if (!opened.isNew) {
      const text = hasLived
        ? "The agent's process had ended and was started anew; it goes on with its conversation."
        : "The agent goes on with its conversation.";
      session.emit({ type: "notice", level: "info", code: hasLived ? "restarted" : "resumed", text });
      if (settings.load_caution !== undefined)
        session.emit({ type: "notice", level: "warning", code: "resumed", text: settings.load_caution });
    }
    hasLived = true;
  }

  function resumed(): Promise<void> {
    return pauses.until(session.resumed());
  }

  async function runTurn(input: TurnInput, signal: AbortSignal): Promise<TurnResult> {
    if (signal.aborted) return CANCELLED;
    let onAbort: () => void = () => undefined;
    const aborted = new Promise<undefined>((resolve) => {
      onAbort = () => resolve(undefined);
    });
    signal.addEventListener("abort", () => onAbort(), { once: true });
    const started = await Promise.race([ensure(), aborted]);
    if (started === undefined || signal.aborted) return CANCELLED;
    if (!started.ok) return started;
    const { live } = started;
    let limit: NodeJS.Timeout | undefined;
    // The protocol's own cancel is the first step of a stop; the process is ended only if it does not obey.
    onAbort = () => {
      live.conversation.stop();
      limit = setTimeout(() => void live.agent.kill(), host.stop_grace);
    };
    const result = await live.conversation.runTurn(input);
    onAbort = () => undefined;
    clearTimeout(limit);
    if (!live.agent.isUsable()) await live.agent.ended;
    if (nativeId !== null) settings.used(nativeId);
    // A process that was not signed in may not notice that it is now.
    if (!result.ok && result.error.kind === "auth" && live.canMove) void live.agent.close(host.stop_grace);
    return signal.aborted ? CANCELLED : result;
  }

  return {
    async runTurn(input, signal) {
      const turn = runTurn(input, AbortSignal.any([signal, closing.signal]));
      running = turn;
      return await turn;
    },
    answer: async (approvalId, answer) => latest?.conversation.answer(approvalId, answer) ?? false,
    async configure(optionId, valueId) {
      const started = await ensure();
      if (!started.ok) throw new Error(started.error.message);
      await started.live.conversation.configure(optionId, valueId);
    },
    async close() {
      closing.abort();
      pauses.endAll();
      await running;
      await opening;
      const live = latest;
      if (live === undefined) return;
      await Promise.all([live.conversation.stopTerminals(), end(live)]);
      if (nativeId !== null) settings.used(nativeId);
    },
  };
}
