/** One running `codex app-server`: its lines, its requests and notifications, its end. Knows nothing of turns. */
import { stripVTControlCharacters } from "node:util";
import { type CodexConfig, PRODUCT_VERSION, type TurnError } from "@fairlead/protocol";
import { createRpc, type Rpc, type RpcId } from "../../process/json-rpc.ts";
import { createLineLink } from "../../process/line-link.ts";
import type { AgentProcess, ProcessExit, ProcessSpec } from "../../process/spawn.ts";
import { clipText } from "../../process/text.ts";
import type { AdapterHost } from "../contract.ts";
import { createPauses } from "../pauses.ts";
import { profileArgs } from "./profile.ts";

/** The longest line of it that is read: items carry whole outputs and patches. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
/** How long (ms) it may take to answer the first request; a cold start on a busy machine takes seconds. */
const START_LIMIT_MS = 60_000;
/** Lines of its own log that are kept to be told when it fails. */
const MAX_LOG_LINES = 15;
const MAX_LOG_CHARS = 2_000;
const CLIENT_INFO = { name: "fairlead", title: "Fairlead", version: PRODUCT_VERSION };

export interface ConnectionEvents {
  /** False when the reader must pause; the same for requests. */
  onNotification(method: string, params: unknown): boolean;
  onRequest(id: RpcId, method: string, params: unknown): boolean;
  onTrouble(code: "bad_line" | "line_too_long" | "diagnostic", text: string): void;
  /** Settles when a paused reader may go on. */
  resumed(): Promise<void>;
  /** It has ended and all it wrote has been told, the end of its log too. Not called after `kill`. */
  onEnd(error: TurnError): void;
}

export interface Connection extends Pick<Rpc, "request" | "respond" | "refuse"> {
  /** Settles when its process group is gone. */
  readonly gone: Promise<void>;
  /** Why it has ended; waits for the end if that is near. Undefined while it lives. */
  failure(): Promise<TurnError | undefined>;
  isUsable(): boolean;
  /** The handshake. Rejects when the agent refuses, does not answer or ends. */
  initialize(): Promise<void>;
  /** Tells the end of its log, once. */
  tellLog(): void;
  /** Reads on through pauses for `bytes` more bytes. */
  readThrough(bytes: number): void;
  /** Ends it in two graces without hearing it any more. */
  kill(): Promise<void>;
  /** Lets it leave by itself within a grace (ms), then ends it. */
  close(grace: number): Promise<void>;
}

/** The command line: `args` of the config stand before `app-server`, as a launcher's do. Throws an Error for people. */
export function appServerSpec(config: CodexConfig, { processes }: Pick<AdapterHost, "processes">, workDir: string): ProcessSpec {
  const profile = profileArgs(config, processes.workDir({}));
  return { command: config.command, args: [...config.args, "app-server", ...profile], work_dir: workDir, env: config.env };
}

export function createConnection(process: AgentProcess, events: ConnectionEvents): Connection {
  const pauses = createPauses();
  let isDeaf = false;
  let ended: TurnError | undefined;
  let log: string[] = [];

  /** Codex logs much that is no trouble, and tells what is in its protocol; so its log matters when it fails only. */
  function tellLog(): void {
    const lines = log;
    log = [];
    for (const line of lines) events.onTrouble("diagnostic", line);
  }

  const rpc = createRpc({
    versioned: false,
    write: (line) => link.write(line),
    onNotification: (method, params) => isDeaf || events.onNotification(method, params),
    onRequest: (id, method, params) => isDeaf || events.onRequest(id, method, params),
    onBadLine: (line) => events.onTrouble("bad_line", `A line of Codex is no message of its protocol: ${clipText(line, 200)}`),
  });

  const link = createLineLink(process, {
    max_line_bytes: MAX_LINE_BYTES,
    onLine: (line) => isDeaf || rpc.receive(line),
    onTooLong(bytes) {
      if (!isDeaf) events.onTrouble("line_too_long", `Codex wrote a line of ${bytes} bytes; the longest allowed is ${MAX_LINE_BYTES}.`);
    },
    onDiagnostic(line) {
      const text = stripVTControlCharacters(line).trim();
      if (text !== "") log = [...log, clipText(text, MAX_LOG_CHARS)].slice(-MAX_LOG_LINES);
    },
    resumed: () => pauses.until(events.resumed()),
    onEnd(exit, fault) {
      ended = fault === undefined ? exitError(exit) : { kind: "protocol", message: fault };
      rpc.end(ended.message);
      if (isDeaf) return;
      tellLog();
      events.onEnd(ended);
    },
  });

  return {
    tellLog,
    request: rpc.request,
    respond: rpc.respond,
    refuse: rpc.refuse,
    gone: process.gone,
    isUsable: () => !isDeaf && link.isUsable(),
    readThrough: (bytes) => link.readThrough(bytes),
    async failure() {
      if (!link.isUsable()) await link.ended;
      return ended;
    },
    async initialize() {
      await rpc.request("initialize", { clientInfo: CLIENT_INFO, capabilities: { experimentalApi: true } }, START_LIMIT_MS);
      rpc.notify("initialized");
    },
    async kill() {
      isDeaf = true;
      rpc.end("Codex was ended.");
      // What a paused reader has not read is thrown away.
      pauses.endAll();
      await process.stop(["SIGTERM", "SIGKILL"]);
    },
    async close(grace) {
      pauses.endAll();
      await link.close(grace);
    },
  };
}

function exitError(exit: ProcessExit): TurnError {
  const how = exit.signal === undefined ? `exit code ${exit.code ?? "unknown"}` : exit.signal;
  return { kind: "exit", message: `Codex's process ended (${how}).`, exit_code: exit.code, signal: exit.signal };
}
