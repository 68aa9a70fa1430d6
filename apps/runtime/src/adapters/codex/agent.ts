/** The Codex process of one session: started when needed, started again when it died, always with the same conversation. */
import { resolve } from "node:path";
import type { CodexConfig, TurnError } from "@fairlead/protocol";
import { RpcError } from "../../process/json-rpc.ts";
import type { ProcessSpec } from "../../process/spawn.ts";
import { clipText, safeText } from "../../process/text.ts";
import type { AdapterHost, OpenSession } from "../contract.ts";
import type { NoticeCode } from "../notices.ts";
import { appServerSpec, type Connection, type ConnectionEvents, createConnection } from "./connection.ts";
import { authFailure } from "./failures.ts";
import type { Settings } from "./settings.ts";
import { type OpenedThread, openThread } from "./thread.ts";
import { accountSchema, type Model, modelListSchema } from "./wire.ts";

/** How long (ms) side questions may take: who is signed in, which models there are. */
const SIDE_LIMIT_MS = 15_000;

export interface Agent {
  readonly connection: Connection;
  readonly threadId: string;
  /** Settles when its options are known and told. */
  readonly optionsKnown: Promise<void>;
}

export type AgentResult = { readonly ok: true; readonly agent: Agent } | { readonly ok: false; readonly error: TurnError };

export interface AgentKeeper {
  /** Starts it unless it runs. Never rejects. */
  ensure(): Promise<AgentResult>;
  /** The running one. */
  current(): Agent | undefined;
  /** The conversation has something in it that a new one would not know. */
  hasSpoken(): void;
  /** Ends it for good. */
  close(): Promise<void>;
}

export interface AgentKeeperOptions {
  readonly config: CodexConfig;
  readonly host: AdapterHost;
  readonly session: OpenSession;
  readonly work_dir: string;
  readonly settings: Settings;
  notice(level: "info" | "warning", code: NoticeCode, text: string): boolean;
  /** What listens to a new process. */
  listen(connection: () => Connection): Pick<ConnectionEvents, "onNotification" | "onRequest" | "onEnd">;
  /** The conversation's id is known; called before anything of it is told. */
  onThread(threadId: string): void;
}

export function createAgentKeeper(options: AgentKeeperOptions): AgentKeeper {
  const { config, host, session, settings, work_dir } = options;
  let agent: Agent | undefined;
  let latest: Connection | undefined;
  let starting: Promise<AgentResult> | undefined;
  let nativeId = session.native_id;
  let hasHistory = nativeId !== null;
  let wasStarted = false;
  let isClosed = false;

  function threadParams(): Record<string, unknown> {
    const roots = config.additional_dirs.map((folder) => resolve(work_dir, folder));
    return {
      cwd: work_dir,
      sandbox: config.sandbox_mode,
      ...settings.opening(),
      ...(roots.length === 0 ? {} : { runtimeWorkspaceRoots: [work_dir, ...roots] }),
    };
  }

  async function start(): Promise<AgentResult> {
    await latest?.kill();
    let spec: ProcessSpec;
    try {
      spec = appServerSpec(config, host, work_dir);
    } catch (error) {
      return { ok: false, error: { kind: "spawn", message: error instanceof Error ? error.message : String(error) } };
    }
    const started = await host.processes.start(spec, { grace: host.stop_grace });
    if (!started.ok) return started;
    const connection: Connection = createConnection(started.process, {
      ...options.listen(() => connection),
      onTrouble: (code, text) => void options.notice(code === "diagnostic" ? "info" : "warning", code, text),
      resumed: () => session.resumed(),
    });
    latest = connection;
    if (isClosed) await connection.close(host.stop_grace);
    try {
      await connection.initialize();
      return await converse(connection);
    } catch (error) {
      const ended = await connection.failure();
      if (!isClosed) connection.tellLog();
      await connection.kill();
      return { ok: false, error: ended ?? protocolError(error) };
    }
  }

  async function converse(connection: Connection): Promise<AgentResult> {
    const account = accountSchema.safeParse(await side(connection, "account/read")).data;
    if (account?.requiresOpenaiAuth === true && (account.account === null || account.account === undefined)) {
      await connection.kill();
      return { ok: false, error: authFailure("Codex is not signed in.", config.command) };
    }
    const models = side(connection, "model/list").then((answer) => modelListSchema.safeParse(answer).data?.data ?? []);
    const thread = await openThread(connection, { native_id: hasHistory ? nativeId : null, params: threadParams() });
    if (thread.kind === "busy") {
      await connection.kill();
      return { ok: false, error: busyError(thread.words) };
    }
    const threadId = thread.opened.thread.id;
    announce(thread, threadId);
    const opened: Agent = { connection, threadId, optionsKnown: models.then((list) => tellOptions(thread, list)) };
    agent = opened;
    return { ok: true, agent: opened };
  }

  function announce(thread: Exclude<OpenedThread, { kind: "busy" }>, threadId: string): void {
    options.onThread(threadId);
    if (thread.kind === "begun" && thread.lost !== undefined) {
      const words = clipText(safeText(thread.lost), 500);
      options.notice("warning", "resumed", `The conversation could not be resumed (${words}); a new conversation begins.`);
    } else if (wasStarted && thread.kind === "resumed") {
      options.notice("info", "restarted", "Codex's process had ended and was started anew; the conversation goes on.");
    } else if (wasStarted) {
      options.notice("info", "restarted", "Codex's process had ended and was started anew.");
    }
    wasStarted = true;
    hasHistory = thread.kind === "resumed";
    if (threadId !== nativeId) session.emit({ type: "session.identified", native_id: threadId });
    nativeId = threadId;
  }

  function tellOptions({ opened }: Exclude<OpenedThread, { kind: "busy" }>, models: readonly Model[]): void {
    if (isClosed) return;
    settings.learn(opened, models);
    session.emit({ type: "config.updated", options: settings.options() });
  }

  return {
    ensure() {
      if (agent?.connection.isUsable()) return Promise.resolve({ ok: true, agent });
      agent = undefined;
      if (isClosed) return Promise.resolve({ ok: false, error: { kind: "internal", message: "The session is closed." } });
      starting ??= start().finally(() => {
        starting = undefined;
      });
      return starting;
    },
    current: () => (agent?.connection.isUsable() ? agent : undefined),
    hasSpoken() {
      hasHistory = true;
    },
    async close() {
      isClosed = true;
      await latest?.close(host.stop_grace);
      await starting;
      await latest?.close(host.stop_grace);
    },
  };
}

/** A question that the conversation does not depend on: no answer is an answer. */
function side(connection: Connection, method: string): Promise<unknown> {
  return connection.request(method, {}, SIDE_LIMIT_MS).catch(() => undefined);
}

function protocolError(error: unknown): TurnError {
  const message = error instanceof RpcError ? `Codex refused: ${error.message}` : error instanceof Error ? error.message : String(error);
  return { kind: "protocol", message: clipText(safeText(message), 4_000) };
}

function busyError(words: string): TurnError {
  return {
    kind: "protocol",
    message: `Another process writes to this conversation (${clipText(safeText(words), 500)}).`,
    remedy: { text: "Close the conversation there, then send the message again." },
  };
}
