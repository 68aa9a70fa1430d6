/** Programs in pseudo-terminals: the one place that uses node-pty. Bytes in, bytes out; the whole terminal session dies together. */
import { readSync, writeSync } from "node:fs";
import { constants } from "node:os";
import type { ReadStream } from "node:tty";
import type { TerminalSize } from "@fairlead/protocol";
import { type EnvironmentSource, terminalEnvironment } from "./environment.ts";
import type { ProcessExit } from "./spawn.ts";
import type { GroupRecord } from "./sweep.ts";
import { signalSession, stopSession } from "./terminal-session.ts";

/** After its program has ended, a silent terminal is held open for what the program left running for at most this (ms). */
const LINGER_MS = 200;
/** How often a program that does not read is offered the rest of its input: first, and at the longest (ms). */
const FIRST_RETRY_MS = 2;
const LONGEST_RETRY_MS = 64;
/** Input bytes offered at once; the kernel takes about 4 KiB from a program that does not read. */
const WRITE_BYTES = 16 * 1024;
/** Output bytes read at once: what Linux gives of a terminal at the most, for a read that is not filled ends the reading until the next poll. */
const READ_BYTES = 4095;

export interface PtySpec {
  /** The file that is run. */
  readonly command: string;
  readonly args: readonly string[];
  /** Absolute. */
  readonly work_dir: string;
  /** Added to the allow-listed part of the runtime's own environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly size: TerminalSize;
}

/** What a terminal tells its owner. */
export interface PtyListener {
  /** Output, in order; the bytes are there until it returns. */
  data(bytes: Buffer): void;
  /** There is room for more input. */
  drained(): void;
  /** The program has ended and all its output has been told; the last call. Neither code nor signal: nobody knows what became of it. */
  ended(exit: ProcessExit): void;
}

export interface Pty {
  /** The program's, and the id of its session and first process group. */
  readonly pid: number;
  /** Stops and goes on with reading: a program that writes on waits then. */
  pause(): void;
  resume(): void;
  /** Gives input to the program: tells how many bytes it took. When not all, `drained` says when to go on. */
  write(bytes: Uint8Array): number;
  resize(size: TerminalSize): void;
  /** Signals the program and all it started that is still in its session. */
  signal(signal: NodeJS.Signals): void;
  /** Hangs up, then TERM, then KILL, each after a grace; settles when all is gone and the last output told. */
  stop(): Promise<void>;
}

export interface PtyStarter {
  /** Starts a program; throws an Error for people when that cannot be. `grace` in ms. */
  start(spec: PtySpec, listener: PtyListener, grace: number): Promise<Pty>;
}

export interface PtyStarterOptions extends EnvironmentSource {
  readonly groups?: GroupRecord | undefined;
}

type NodePty = typeof import("@lydell/node-pty");
/**
 * What node-pty 1.1.0 has and does not declare. Its own writing spins while a program does not read, and its own end throws away output
 * that was not read within 200 ms: both are done here instead.
 */
interface Internals {
  readonly fd: number;
  readonly _socket: ReadStream;
  /** True: the program's end is told at once and the socket is left alone. */
  _emittedClose: boolean;
}

let loading: Promise<NodePty> | undefined;

function load(): Promise<NodePty> {
  loading ??= import("@lydell/node-pty");
  return loading;
}

/** Why no terminal can be opened on this machine and what to do about it, or undefined. */
export async function ptyFault(): Promise<string | undefined> {
  try {
    await load();
    return undefined;
  } catch {
    const system = `${process.platform}-${process.arch}`;
    return `The package for terminals is missing: run "npm install @lydell/node-pty@1.1.0" (with its optional @lydell/node-pty-${system}) beside the runtime.`;
  }
}

/** Binds the starting of terminals to one runtime instance. */
export function createPtyStarter(options: PtyStarterOptions): PtyStarter {
  return {
    async start(spec, listener, grace) {
      const fault = await ptyFault();
      if (fault !== undefined) throw new Error(fault);
      const { spawn } = await load();
      const env = terminalEnvironment(options, spec.env);
      const { cols, rows } = spec.size;
      const child = spawn(spec.command, [...spec.args], { name: env.TERM, cols, rows, cwd: spec.work_dir, env, encoding: null });
      options.groups?.add(child.pid);
      const internals = child as unknown as Internals;
      internals._emittedClose = true;
      const exit = new Promise<ProcessExit>((resolve) => {
        child.onExit(({ exitCode, signal }) => resolve(describeExit(exitCode, signal)));
      });
      return follow({ child, internals, exit, listener, grace, forget: () => options.groups?.remove(child.pid) });
    },
  };
}

interface Followed {
  readonly child: { readonly pid: number; resize(cols: number, rows: number): void };
  readonly internals: Internals;
  readonly exit: Promise<ProcessExit>;
  readonly listener: PtyListener;
  readonly grace: number;
  readonly forget: () => void;
}

function follow({ child, internals, exit, listener, grace, forget }: Followed): Pty {
  const { pid } = child;
  const { _socket: socket, fd } = internals;
  let lastData = performance.now();
  let exited = false;
  let isGone = false;
  let retry: NodeJS.Timeout | undefined;
  let retryAfter = FIRST_RETRY_MS;
  let stopping: Promise<unknown> | undefined;
  let mayPause = true;

  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  // Its last output read, a terminal that nobody holds any more ends in EIO.
  socket.on("error", () => socket.destroy());
  // The event loop takes the hang-up for the end, though there may be output that was written before it.
  socket.on("end", () => {
    for (let rest = readRest(fd); rest.length > 0; rest = readRest(fd)) listener.data(rest);
  });
  readInto(socket, received, (bytes) => {
    lastData = performance.now();
    listener.data(bytes);
    // A resume takes effect a moment later, even when a pause came in between: what is told here stops the reading for certain.
    return !socket.isPaused();
  });

  async function followToEnd(): Promise<void> {
    const how = await exit;
    exited = true;
    const linger = setInterval(() => {
      // What the program left running may hold the terminal open for ever.
      if (!socket.isPaused() && performance.now() - lastData > LINGER_MS) socket.destroy();
    }, LINGER_MS / 4);
    await closed;
    clearInterval(linger);
    clearTimeout(retry);
    stopping ??= stopSession(pid, grace);
    await stopping;
    isGone = true;
    forget();
    listener.ended(how);
  }

  const gone = followToEnd();

  return {
    pid,
    pause() {
      if (mayPause) socket.pause();
    },
    resume: () => void socket.resume(),
    write(bytes) {
      if (socket.destroyed || exited) return bytes.length;
      if (retry !== undefined) return 0;
      const taken = offer(fd, bytes);
      if (taken > 0) retryAfter = FIRST_RETRY_MS;
      if (taken < bytes.length) {
        retry = setTimeout(() => {
          retry = undefined;
          listener.drained();
        }, retryAfter);
        retryAfter = Math.min(retryAfter * 2, LONGEST_RETRY_MS);
      }
      return taken;
    },
    resize({ cols, rows }) {
      if (!socket.destroyed) child.resize(cols, rows);
    },
    signal(signal) {
      if (!isGone) signalSession(pid, signal);
    },
    async stop() {
      stopping ??= stopSession(pid, grace);
      // A program that waits to write must not wait for a viewer any more.
      mayPause = false;
      socket.resume();
      await gone;
    },
  };
}

/** What any terminal's output is read into. */
const received = Buffer.allocUnsafe(READ_BYTES);

interface ReadingSocket {
  readonly _handle?: { readonly useUserBuffer?: (memory: Uint8Array) => void };
}

/**
 * Has a socket that exists already read into one piece of memory, as Node's option `onread` does for one that is made: a new piece for
 * each 4 KiB of a flood keeps the garbage collector busy. Where Node keeps that elsewhere, a new piece it is. `onRead` tells whether to
 * read on.
 */
function readInto(socket: ReadStream, memory: Buffer, onRead: (bytes: Buffer) => boolean): void {
  const symbols = Object.getOwnPropertySymbols(socket);
  const [buffer, callback] = ["kBuffer", "kBufferCb"].map((name) => symbols.find(({ description }) => description === name));
  const handle = (socket as ReadingSocket)._handle;
  if (buffer === undefined || callback === undefined || handle?.useUserBuffer === undefined) {
    socket.on("data", (bytes: Buffer) => void onRead(bytes));
    return;
  }
  Object.assign(socket, { [buffer]: memory, [callback]: (size: number) => onRead(memory.subarray(0, size)) });
  handle.useUserBuffer(memory);
  socket.resume();
}

/** Reads what is left in a terminal that has ended; empty: nothing. */
function readRest(fd: number): Buffer {
  const rest = Buffer.allocUnsafe(READ_BYTES);
  try {
    return rest.subarray(0, readSync(fd, rest));
  } catch {
    // EIO: that was all.
    return rest.subarray(0, 0);
  }
}

/** Writes without waiting: the descriptor is non-blocking, so what the kernel does not take is left. */
function offer(fd: number, bytes: Uint8Array): number {
  let done = 0;
  try {
    while (done < bytes.length) {
      const written = writeSync(fd, bytes, done, Math.min(WRITE_BYTES, bytes.length - done));
      if (written === 0) break;
      done += written;
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // EIO: the program has closed its side; its end is told elsewhere.
    if (code !== "EAGAIN") return bytes.length;
  }
  return done;
}

const SIGNAL_NAMES = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

function describeExit(exitCode: number, signal: number | undefined): ProcessExit {
  if (signal === undefined || signal === 0) return { code: exitCode };
  return { signal: SIGNAL_NAMES.get(signal) ?? `signal ${signal}` };
}
