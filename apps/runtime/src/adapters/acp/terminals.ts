/** The client's terminal methods of ACP: commands of the agent that we run inside its folder when a person allows them. */
import { pump, readRest } from "../../process/pump.ts";
import type { AgentProcess, ProcessExit, ProcessSpec } from "../../process/spawn.ts";
import { createTextDecoder, safeText } from "../../process/text.ts";
import type { AdapterHost } from "../contract.ts";
import type { AskFirst, Reply } from "./client-methods.ts";
import { inputOf, TOO_DEEP, titleOf } from "./content.ts";
import { placeInside } from "./files.ts";
import { createKeptOutput, type KeptOutput } from "./kept-output.ts";
import { ACP_INVALID_PARAMS, ACP_NOT_FOUND, type CreateTerminal, createTerminalSchema, terminalIdSchema } from "./wire.ts";

/** Terminals that one conversation may hold at once. */
const MAX_TERMINALS = 16;
/** The most output that is kept of one (bytes); the beginning goes first. */
const MAX_KEPT_BYTES = 1024 * 1024;
/** How long (ms) a pipe may stay silent after the command is gone before it counts as empty. */
const PIPE_QUIET_MS = 100;

interface Terminal {
  readonly process: AgentProcess;
  readonly output: KeptOutput;
  exit: ProcessExit | undefined;
  readonly ended: Promise<ProcessExit>;
}

export interface ClientTerminals {
  create(params: unknown, ask: AskFirst): Promise<Reply>;
  output(params: unknown): Reply;
  waitForExit(params: unknown): Reply | Promise<Reply>;
  kill(params: unknown): Promise<Reply>;
  release(params: unknown): Promise<Reply>;
  /** Ends all that run; their output can still be asked for. */
  stopAll(): Promise<void>;
}

export interface TerminalsOptions {
  readonly work_dir: string;
  readonly host: AdapterHost;
  /** A piece of live output; false when the reader must pause. */
  onOutput(terminalId: string, text: string): boolean;
  resumed(): Promise<void>;
}

export function createClientTerminals({ work_dir, host, onOutput, resumed }: TerminalsOptions): ClientTerminals {
  const terminals = new Map<string, Terminal>();
  let opened = 0;
  /** Counts the stops, so that a command allowed before one does not start after it. */
  let stops = 0;

  async function create(params: unknown, ask: AskFirst): Promise<Reply> {
    const wanted = createTerminalSchema.safeParse(params).data;
    if (wanted === undefined) return invalid("terminal/create needs a command");
    const place = placeInside(work_dir, wanted.cwd ?? work_dir);
    if (!place.ok) return invalid(`The folder "${wanted.cwd}" was refused: ${place.reason}`);
    const input = inputOf(params);
    if (input === TOO_DEEP) return invalid("terminal/create is nested too deeply");
    const { title, command } = describe(wanted);
    const before = stops;
    const refused = await ask({
      tool: "terminal/create",
      kind: "execute",
      title,
      input: input ?? {},
      subject: { command, cwd: place.path },
    });
    if (refused !== undefined) return refused;
    if (before !== stops) return invalid("The turn was stopped.");
    if (terminals.size >= MAX_TERMINALS) return invalid(`More than ${MAX_TERMINALS} terminals are open; release some first.`);
    const started = await host.processes.start(specOf(wanted, place.path), { grace: host.stop_grace });
    if (!started.ok) return invalid(started.error.message);
    opened += 1;
    const id = `terminal-${opened}`;
    terminals.set(id, follow(id, started.process, Math.min(wanted.outputByteLimit ?? MAX_KEPT_BYTES, MAX_KEPT_BYTES)));
    if (before !== stops) void started.process.stop();
    return { ok: true, result: { terminalId: id } };
  }

  function follow(id: string, process: AgentProcess, limit: number): Terminal {
    const output = createKeptOutput(limit);
    const readers = [process.stdout, process.stderr].map((stream) => {
      const decoder = createTextDecoder();
      return pump(stream, {
        onChunk(chunk) {
          const text = decoder.write(chunk);
          output.add(text);
          return onOutput(id, text);
        },
        resumed,
      });
    });
    process.stdin.end();
    const ended = process.exited.then(async (exit) => {
      await readRest(readers, PIPE_QUIET_MS);
      terminal.exit = exit;
      return exit;
    });
    const terminal: Terminal = { process, output, exit: undefined, ended };
    return terminal;
  }

  function withTerminal<T>(params: unknown, use: (terminal: Terminal, id: string) => T): T | Reply {
    const id = terminalIdSchema.safeParse(params).data?.terminalId ?? "";
    const terminal = terminals.get(id);
    return terminal === undefined ? { ok: false, code: ACP_NOT_FOUND, message: `Resource not found: terminal "${id}"` } : use(terminal, id);
  }

  return {
    create,
    output: (params) =>
      withTerminal(params, ({ output, exit }): Reply => {
        return {
          ok: true,
          result: { output: output.text(), truncated: output.isCut(), ...(exit === undefined ? {} : { exitStatus: statusOf(exit) }) },
        };
      }),
    waitForExit: (params) => withTerminal(params, async ({ ended }): Promise<Reply> => ({ ok: true, result: statusOf(await ended) })),
    kill: async (params) =>
      withTerminal(params, async ({ process }): Promise<Reply> => {
        await process.stop();
        return { ok: true, result: {} };
      }),
    release: async (params) =>
      withTerminal(params, async ({ process }, id): Promise<Reply> => {
        await process.stop();
        terminals.delete(id);
        return { ok: true, result: {} };
      }),
    async stopAll() {
      stops += 1;
      await Promise.all([...terminals.values()].map(({ process }) => process.stop()));
    },
  };
}

/** What is run: a command without arguments may be a whole line, for agents write both. */
function programOf({ command, args }: CreateTerminal): { readonly command: string; readonly args: readonly string[] } {
  const isLine = (args ?? []).length === 0 && /[\s;&|<>()$`"'*?~#=]/.test(command);
  return isLine ? { command: "/bin/sh", args: ["-c", command] } : { command, args: args ?? [] };
}

/** The command as people and rules are told of it; what it finds in its environment may make another one of it, so that is told with it. */
function describe(wanted: CreateTerminal): { readonly title: string; readonly command: string | string[] } {
  const { command, args } = programOf(wanted);
  const set = (wanted.env ?? []).map(({ name, value }) => `${name}=${value}`);
  const words = (set.length > 0 ? ["env", ...set, command, ...args] : [wanted.command, ...(wanted.args ?? [])]).map(safeText);
  const [line = "", ...more] = words;
  return { title: titleOf(words.join(" ")), command: more.length === 0 ? line : words };
}

function specOf(wanted: CreateTerminal, work_dir: string): ProcessSpec {
  const { env } = wanted;
  return {
    ...programOf(wanted),
    work_dir,
    env: Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
  };
}

function statusOf(exit: ProcessExit) {
  return { exitCode: exit.code ?? null, signal: exit.signal ?? null };
}

function invalid(message: string): Reply {
  return { ok: false, code: ACP_INVALID_PARAMS, message };
}
