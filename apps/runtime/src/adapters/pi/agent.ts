/** One running pi: started with its gate, spoken to in lines, known to ask before it is given any work. */
import { randomUUID } from "node:crypto";
import { stripVTControlCharacters } from "node:util";
import type { PiConfig, TurnError } from "@fairlead/protocol";
import { createLineLink } from "../../process/line-link.ts";
import type { AgentProcess } from "../../process/spawn.ts";
import type { AdapterHost } from "../contract.ts";
import type { NoticeCode } from "../notices.ts";
import { type GateFile, isGatePresence, unaskedTools, writeGate } from "../pi-gate.ts";
import { type Calls, createCalls } from "./calls.ts";
import { exitError } from "./errors.ts";
import { ANSWER_LIMIT_MS } from "./options.ts";
import { type AgentState, decodeLine, type NativeMessage, stateSchema } from "./wire.ts";

/** The longest line of pi that is read, in bytes. A whole conversation may stand in one. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
/** Lines of stderr that are kept to explain an end. */
const KEPT_LINES = 20;
/** What pi says when it will not go on with a session. */
const UNKNOWN_SESSION = /no session found|session found in different project|session file|working directory/i;
/** The requests of extensions that wait for an answer. */
const DIALOGS = new Set(["select", "confirm", "input", "editor"]);

export interface Agent {
  readonly secret: string;
  readonly calls: Calls;
  readonly state: AgentState;
  /** Its process is gone, all it wrote has been told, and its gate is removed. */
  readonly ended: Promise<void>;
  isUsable(): boolean;
  write(line: string): void;
  readThrough(bytes: number): void;
  /** Ends it at once because of something it did or would not do; what it still says is ignored. Settles when its group is gone. */
  kill(reason: string, signals: readonly NodeJS.Signals[]): Promise<void>;
  /** Closes its input, gives it the grace to leave, then stops its group. */
  close(): Promise<void>;
}

export interface AgentEvents {
  /** Anything but answers to commands; false when the reader must pause. */
  onMessage(message: NativeMessage): boolean;
  /** `type`: of a message that is not known. */
  onTrouble(code: NoticeCode, text: string, type?: string): boolean;
  resumed(): Promise<void>;
  onEnd(error: TurnError): void;
}

export interface AgentStart {
  readonly config: PiConfig;
  readonly host: AdapterHost;
  readonly work_dir: string;
  /** The session to go on with: a path or an id. */
  readonly resume: string | undefined;
  /** Gives up while it starts. */
  readonly signal: AbortSignal;
}

export type AgentStarted =
  | { readonly ok: true; readonly agent: Agent }
  | { readonly ok: false; readonly error: TurnError; readonly unknownSession: boolean };

/** Starts pi and waits until it answers and its gate is in place; whatever goes wrong is a value. */
export async function startAgent(start: AgentStart, events: AgentEvents): Promise<AgentStarted> {
  const { config, host, work_dir, resume } = start;
  const secret = randomUUID();
  let gate: GateFile;
  try {
    gate = await writeGate(host.scratch_dir, { secret, unasked: unaskedTools(config.ask) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failure({ kind: "internal", message: `The permission gate for pi could not be written: ${reason}` });
  }
  const args = [
    ...config.args,
    "--mode",
    "rpc",
    ...modelArgs(config),
    "-e",
    gate.path,
    ...(resume === undefined ? [] : ["--session", resume]),
  ];
  const env = { PI_SKIP_VERSION_CHECK: "1", ...config.env };
  const started = await host.processes.start({ command: config.command, args, work_dir, env }, { grace: host.stop_grace });
  if (!started.ok) {
    await gate.remove();
    return failure(started.error);
  }
  return follow(started.process, { ...start, secret, gate }, events);
}

interface Following extends AgentStart {
  readonly secret: string;
  readonly gate: GateFile;
}

async function follow(
  process: AgentProcess,
  { host, resume, signal, secret, gate }: Following,
  events: AgentEvents,
): Promise<AgentStarted> {
  const said: string[] = [];
  let isGateInPlace = false;
  let isReady = false;
  let failedWith: TurnError = { kind: "exit", message: "pi's process ended." };

  const link = createLineLink(process, {
    max_line_bytes: MAX_LINE_BYTES,
    onLine: take,
    onTooLong: (bytes) =>
      void events.onTrouble("line_too_long", `pi wrote a line of ${bytes} bytes; the longest allowed is ${MAX_LINE_BYTES}.`),
    onDiagnostic(line) {
      const text = stripVTControlCharacters(line);
      if (text.trim() === "") return;
      said.push(text);
      if (said.length > KEPT_LINES) said.shift();
      events.onTrouble("diagnostic", text);
    },
    resumed: events.resumed,
    onEnd(exit, fault) {
      failedWith = fault === undefined ? exitError(exit, said) : { kind: "protocol", message: fault };
      calls.end(failedWith.message);
      events.onEnd(failedWith);
    },
  });
  const calls = createCalls(link.write);
  const ended = link.ended.then(gate.remove);

  function take(line: string): boolean {
    const decoded = decodeLine(line);
    if (!decoded.ok) {
      // The only answer there is in this protocol; one that was not asked for does nothing.
      if (decoded.id !== undefined) link.write(JSON.stringify({ type: "extension_ui_response", id: decoded.id, cancelled: true }));
      return events.onTrouble(decoded.code, decoded.text, decoded.type);
    }
    const { message } = decoded;
    if (message.type === "response") {
      if (!calls.settle(message) && !message.success) {
        return events.onTrouble("bad_line", `pi refused "${message.command.slice(0, 64)}": ${message.error}`);
      }
      return true;
    }
    if (isReady || message.type !== "extension_ui_request") return events.onMessage(message);
    if (isGatePresence(message, secret)) isGateInPlace = true;
    else if (DIALOGS.has(message.method)) {
      link.write(JSON.stringify({ type: "extension_ui_response", id: message.id, cancelled: true }));
      return events.onTrouble("unknown_request", "An extension of pi asked something while pi was starting; it was refused.");
    }
    return true;
  }

  async function kill(reason: string, signals: readonly NodeJS.Signals[]): Promise<void> {
    const stopped = process.stop(signals);
    link.fail(reason);
    await stopped;
    // Nobody may want what a paused reader still holds.
    void link.close(0);
  }

  const onAbort = () => void kill("pi was not wanted any more.", ["SIGTERM", "SIGKILL"]);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    const state = stateSchema.parse(await calls.send({ type: "get_state" }, ANSWER_LIMIT_MS));
    if (!isGateInPlace) {
      await kill("pi did not load the permission gate, so it was given no work: nothing may run unasked.", ["SIGKILL"]);
      await ended;
      return failure(failedWith);
    }
    isReady = true;
    const close = async () => {
      await link.close(host.stop_grace);
      await ended;
    };
    const { isUsable, write, readThrough } = link;
    return { ok: true, agent: { secret, calls, state, ended, isUsable, write, readThrough, kill, close } };
  } catch (error) {
    if (link.isUsable()) await kill(error instanceof Error ? error.message : String(error), ["SIGTERM", "SIGKILL"]);
    await ended;
    return { ok: false, error: failedWith, unknownSession: resume !== undefined && said.some((line) => UNKNOWN_SESSION.test(line)) };
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function modelArgs({ provider, model }: PiConfig): string[] {
  return [...(provider === undefined ? [] : ["--provider", provider]), ...(model === undefined ? [] : ["--model", model])];
}

function failure(error: TurnError): AgentStarted {
  return { ok: false, error, unknownSession: false };
}
