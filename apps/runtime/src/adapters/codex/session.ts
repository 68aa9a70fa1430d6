/** One session with Codex: its turns, the questions of the agent, and what people do in between. */
import { setTimeout as delay } from "node:timers/promises";
import type { CodexConfig, TurnError } from "@fairlead/protocol";
import { RpcError } from "../../process/json-rpc.ts";
import { clipText, safeText } from "../../process/text.ts";
import type { AdapterHost, AgentSession, OpenSession, TurnInput, TurnResult } from "../contract.ts";
import { createNotices, type NoticeCode } from "../notices.ts";
import { type Agent, createAgentKeeper } from "./agent.ts";
import { turnError } from "./failures.ts";
import { userInput } from "./input.ts";
import { createOpenRequests, type OpenRequests } from "./open-requests.ts";
import { createSettings } from "./settings.ts";
import { createTranslator, type Translation, type TurnEnd } from "./translate.ts";
import { turnEventSchema } from "./wire.ts";

/** How much a stop reads past a pause, to see the agent's answer to it. */
const STOP_READ_BYTES = 1024 * 1024;
/** Between two interrupts of a turn that has not begun yet for Codex (ms). */
const INTERRUPT_PAUSE_MS = 50;
const CANCELLED: TurnResult = { ok: true, stop_reason: "cancelled" };

interface RunningTurn {
  readonly agent: Agent;
  /** Settles when `turn/start` has been answered, however. */
  begun: Promise<void>;
  /** The agent has the message. */
  wasTaken: boolean;
  isStopping: boolean;
  /** The conversations of sub-agents that were stopped with it. */
  workers: readonly string[];
  ladder: NodeJS.Timeout | undefined;
  settle(result: TurnResult): void;
}

export function openCodexSession(config: CodexConfig, host: AdapterHost, options: OpenSession): AgentSession {
  const work_dir = options.work_dir ?? host.processes.workDir(config);
  const translator = createTranslator(work_dir);
  const settings = createSettings(config, options.settings ?? {});
  const makeNotice = createNotices();
  const closing = new AbortController();
  /** Why something was denied, for the model's next turn. */
  let unexplained: string[] = [];
  let requests: OpenRequests | undefined;
  let turn: RunningTurn | undefined;
  let running: Promise<unknown> = Promise.resolve();

  const keeper = createAgentKeeper({
    config,
    host,
    session: options,
    work_dir,
    settings,
    notice,
    onThread: translator.follow,
    listen(connection) {
      const open = createOpenRequests({
        work_dir,
        proposed: translator.calls.proposed,
        latest: translator.calls.latest,
        callOf: translator.calls.idOf,
        connection: { respond: (...given) => connection().respond(...given), refuse: (...given) => connection().refuse(...given) },
        emit: options.emit,
        notice: (code, text) => notice("warning", code, text),
        isStopping: () => turn?.isStopping === true,
        explain(reason, where) {
          const input = userInput({ text: reason });
          const keep = () => void unexplained.push(reason);
          if (where === undefined) keep();
          else connection().request("turn/steer", { threadId: where.threadId, expectedTurnId: where.turnId, input }).catch(keep);
        },
      });
      requests?.giveUp("The agent's process ended.", "gone");
      requests = open;
      return {
        onNotification: (method, params) => act(translator.take(method, params), open),
        onRequest: open.take,
        onEnd(error) {
          open.giveUp("The agent's process ended.", "gone");
          finish({ ok: false, error });
        },
      };
    },
  });

  function notice(level: "info" | "warning", code: NoticeCode, text: string): boolean {
    const event = makeNotice(level, code, text);
    return event === undefined ? true : options.emit(event);
  }

  function act({ events, ended, resolved, trouble }: Translation, open: OpenRequests): boolean {
    let mayGoOn = true;
    for (const event of events) mayGoOn = options.emit(event) && mayGoOn;
    if (trouble !== undefined) {
      const text = trouble.code === "retrying" ? `Codex tries again: ${trouble.text}` : trouble.text;
      mayGoOn = notice("warning", trouble.code, text) && mayGoOn;
    }
    if (resolved !== undefined) open.resolved(resolved);
    if (ended !== undefined) complete(ended);
    return mayGoOn;
  }

  function complete({ status, failure }: TurnEnd): void {
    const ending = turn;
    if (ending === undefined) return;
    if (ending.isStopping) void sweep(ending);
    else if (status === "completed") finish({ ok: true, stop_reason: "end_turn" });
    else if (status === "interrupted") finish(CANCELLED);
    else finish({ ok: false, error: turnError(failure ?? { message: "", codexErrorInfo: undefined }, config.command) });
  }

  /** A stopped turn's command runs on in Codex until it is told to clean up. */
  async function sweep(ending: RunningTurn): Promise<void> {
    const { connection, threadId } = ending.agent;
    const threads = [threadId, ...ending.workers];
    await Promise.all(threads.map((id) => connection.request("thread/backgroundTerminals/clean", { threadId: id }).catch(() => undefined)));
    if (turn === ending) finish(CANCELLED);
  }

  function finish(result: TurnResult): void {
    const ending = turn;
    if (ending === undefined) return;
    turn = undefined;
    clearTimeout(ending.ladder);
    requests?.giveUp("The turn ended before it was answered.", ending.agent.connection.isUsable() ? "listens" : "gone");
    const isWhole = result.ok && result.stop_reason === "end_turn";
    for (const event of translator.endTurn(isWhole ? "completed" : "failed")) options.emit(event);
    ending.settle(result);
  }

  function stop(ending: RunningTurn): void {
    ending.isStopping = true;
    requests?.giveUp("The turn was stopped.", "listens");
    ending.agent.connection.readThrough(STOP_READ_BYTES);
    ending.ladder = setTimeout(() => void end(ending), host.stop_grace);
    void interrupt(ending);
  }

  async function interrupt(ending: RunningTurn): Promise<void> {
    const { connection, threadId } = ending.agent;
    const workers = translator.workers();
    ending.workers = workers.map((worker) => worker.threadId);
    for (const worker of workers) connection.request("turn/interrupt", worker).catch(() => undefined);
    await ending.begun;
    while (turn === ending && connection.isUsable()) {
      const answer = await connection.request("turn/interrupt", { threadId, turnId: translator.turnId() }).catch(() => undefined);
      if (answer !== undefined) return;
      await delay(INTERRUPT_PAUSE_MS);
    }
  }

  async function end(ending: RunningTurn): Promise<void> {
    await ending.agent.connection.kill();
    if (turn === ending) finish(CANCELLED);
  }

  function begin(agent: Agent, input: TurnInput): Promise<TurnResult> {
    const { connection, threadId } = agent;
    const told = unexplained;
    unexplained = [];
    const overrides = settings.overrides();
    translator.beginTurn();
    const done = new Promise<TurnResult>((settle) => {
      turn = { agent, begun: Promise.resolve(), wasTaken: false, isStopping: false, workers: [], ladder: undefined, settle };
    });
    const started = turn;
    const params = { threadId, input: userInput(input, told), ...overrides.params };
    const begun = connection.request("turn/start", params).then(
      (answer) => {
        overrides.taken();
        keeper.hasSpoken();
        if (started !== undefined) started.wasTaken = true;
        const id = turnEventSchema.safeParse(answer).data?.turn.id;
        if (turn === started && id !== undefined) translator.identifyTurn(id);
      },
      (error: unknown) => {
        unexplained = [...told, ...unexplained];
        // When the process has ended, its end says more.
        if (turn === started && error instanceof RpcError) finish({ ok: false, error: refused(error) });
      },
    );
    if (started !== undefined) started.begun = begun;
    return done;
  }

  async function runTurn(input: TurnInput, signal: AbortSignal): Promise<TurnResult> {
    if (signal.aborted) return CANCELLED;
    let giveUp: () => void = () => undefined;
    const aborted = new Promise<undefined>((resolve) => {
      giveUp = () => resolve(undefined);
    });
    let onAbort = giveUp;
    signal.addEventListener("abort", () => onAbort(), { once: true });
    for (let isRepeated = false; ; isRepeated = true) {
      const wasRunning = keeper.current() !== undefined;
      const ready = await Promise.race([keeper.ensure(), aborted]);
      if (ready === undefined || signal.aborted) return CANCELLED;
      if (!ready.ok) return ready;
      const done = begin(ready.agent, input);
      const started = turn;
      onAbort = () => {
        if (turn === started && started !== undefined && !started.isStopping) stop(started);
      };
      const result = await done;
      onAbort = giveUp;
      if (signal.aborted) return CANCELLED;
      // A process that had died unnoticed since the last turn never saw the message.
      const isMissed = !result.ok && result.error.kind === "exit" && started?.wasTaken === false && wasRunning;
      if (!isMissed || isRepeated) return result;
    }
  }

  return {
    async runTurn(input, signal) {
      const result = runTurn(input, AbortSignal.any([signal, closing.signal]));
      running = result;
      return await result;
    },
    async answer(approvalId, answer) {
      return requests?.answer(approvalId, answer) ?? false;
    },
    async steer(input) {
      const steered = turn;
      if (steered === undefined) return false;
      await steered.begun;
      const expectedTurnId = translator.turnId();
      if (turn !== steered || steered.isStopping || expectedTurnId === undefined) return false;
      const { connection, threadId } = steered.agent;
      return connection.request("turn/steer", { threadId, expectedTurnId, input: userInput(input) }).then(
        () => true,
        () => false,
      );
    },
    async configure(optionId, valueId) {
      const ready = await keeper.ensure();
      if (!ready.ok) throw new Error(ready.error.message);
      await ready.agent.optionsKnown;
      settings.choose(optionId, valueId);
      options.emit({ type: "config.updated", options: settings.options() });
    },
    async close() {
      closing.abort();
      await running;
      requests?.giveUp("The session was closed.", keeper.current() === undefined ? "gone" : "listens");
      await keeper.close();
    },
  };
}

function refused(error: RpcError): TurnError {
  return { kind: "protocol", message: clipText(safeText(`Codex refused the message: ${error.message}`), 4_000) };
}
