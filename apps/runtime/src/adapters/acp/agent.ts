/** One running ACP agent: its process, its JSON-RPC, its end. Knows nothing of sessions. */
import type { TurnError } from "@fairlead/protocol";
import { createRpc, type Rpc, type RpcId } from "../../process/json-rpc.ts";
import { createLineLink, type LineLink } from "../../process/line-link.ts";
import type { AgentProcess, ProcessExit } from "../../process/spawn.ts";
import { clipText, safeText } from "../../process/text.ts";
import type { NoticeCode } from "../notices.ts";
import { ACP_VERSION, type Initialized, initializedSchema } from "./wire.ts";

/** The longest line of an agent (bytes): pictures and whole files travel in them. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
/** How long (ms) an agent may take to say what it is; some load for several seconds on a busy machine. */
const INITIALIZE_LIMIT_MS = 60_000;
/** How much of its diagnostics is kept for the case that it fails: lines, and characters of each. */
const MAX_DIAGNOSTICS = 20;
const MAX_DIAGNOSTIC_CHARS = 500;
/** How much is read past a pause to see how the agent takes a stop (bytes). */
const STOP_READ_BYTES = 1024 * 1024;

export interface AgentEvents {
  /** False when the reader must pause. */
  onNotification(method: string, params: unknown): boolean;
  onRequest(id: RpcId, method: string, params: unknown): boolean;
  onTrouble(code: NoticeCode, text: string): void;
  resumed(): Promise<void>;
  /** The process has ended and all it wrote has been told; requests that waited are rejected after this. */
  onEnd(): void;
}

export interface Agent extends Pick<LineLink, "ended" | "isUsable" | "close" | "fail"> {
  readonly rpc: Rpc;
  /** How it ended, once it has. */
  death(): TurnError | undefined;
  /** The last lines of its stderr. */
  diagnostics(): string;
  /** Rejects with what the agent or its end says. */
  initialize(offers: ClientOffers): Promise<Initialized>;
  /** Reads on to see how it takes a stop, although nobody takes its output. */
  readOn(): void;
  /** TERM, then KILL; settles when its group is gone and all it wrote has been told. */
  kill(): Promise<void>;
}

export interface ClientOffers {
  readonly fs: boolean;
  readonly terminal: boolean;
}

export function createAgent(process: AgentProcess, events: AgentEvents): Agent {
  const said: string[] = [];
  let death: TurnError | undefined;

  const rpc = createRpc({
    versioned: true,
    write: (line) => link.write(line),
    onNotification: events.onNotification,
    onRequest: events.onRequest,
    onBadLine: (line) => events.onTrouble("bad_line", `A line of the agent is no message of its protocol: ${clipText(line, 200)}`),
  });
  const link = createLineLink(process, {
    max_line_bytes: MAX_LINE_BYTES,
    onLine: (line) => rpc.receive(line),
    onTooLong: (bytes) =>
      events.onTrouble("line_too_long", `The agent wrote a line of ${bytes} bytes; the longest allowed is ${MAX_LINE_BYTES}.`),
    onDiagnostic(line) {
      said.push(clipText(safeText(line), MAX_DIAGNOSTIC_CHARS));
      if (said.length > MAX_DIAGNOSTICS) said.shift();
    },
    resumed: events.resumed,
    onEnd(exit, fault) {
      death = fault === undefined ? exitError(exit) : { kind: "protocol", message: fault };
      events.onEnd();
      rpc.end(death.message);
    },
  });

  return {
    rpc,
    ended: link.ended,
    isUsable: link.isUsable,
    close: link.close,
    fail: link.fail,
    death: () => death,
    diagnostics: () => said.join("\n"),
    async initialize({ fs, terminal }) {
      const answer = await rpc.request(
        "initialize",
        {
          protocolVersion: ACP_VERSION,
          clientCapabilities: { fs: { readTextFile: fs, writeTextFile: fs }, terminal },
          clientInfo: { name: "fairlead", title: "Fairlead", version: "0.1.0" },
        },
        INITIALIZE_LIMIT_MS,
      );
      const about = initializedSchema.safeParse(answer).data;
      if (about === undefined) throw new Error("The agent's answer to initialize is not valid.");
      const version = about.protocolVersion;
      if (version !== undefined && Number(version) !== ACP_VERSION) {
        throw new Error(`The agent speaks version ${version} of the Agent Client Protocol; this runtime speaks version ${ACP_VERSION}.`);
      }
      return about;
    },
    readOn: () => link.readThrough(STOP_READ_BYTES),
    async kill() {
      await process.stop(["SIGTERM", "SIGKILL"]);
      // What is left in its pipes is read even if nobody takes it.
      link.readThrough(STOP_READ_BYTES);
      await link.ended;
    },
  };
}

function exitError(exit: ProcessExit): TurnError {
  const how = exit.signal === undefined ? `exit code ${exit.code ?? "unknown"}` : exit.signal;
  return { kind: "exit", message: `The agent's process ended (${how}).`, exit_code: exit.code, signal: exit.signal };
}
