/** A whole runtime with real terminals, and viewers as the hub's clients are: they count, acknowledge and come back. */
import { createHash, randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import {
  decodeTerminalSize,
  encodeTerminalFrame,
  encodeTerminalSize,
  parseConfigText,
  type RuntimeCommand,
  type RuntimeFrame,
  runtimeConfigSchema,
  type TerminalFrame,
} from "@fairlead/protocol";
import { pino } from "pino";
import { type Runtime, startRuntime } from "../src/runtime.ts";
import type { LogLine } from "./runtime-harness.ts";
import { type TestHub, until } from "./test-hub.ts";

/** The command line of the runtime from source. */
export const RUNTIME_PROGRAM = [
  process.execPath,
  "--import",
  import.meta.resolve("tsx"),
  fileURLToPath(new URL("../src/main.ts", import.meta.url)),
];

export interface TerminalHarness {
  readonly runtime: Runtime;
  readonly lines: LogLine[];
}

/** Starts a runtime whose endpoints are the given ones, with this process's own environment. */
export async function startTerminals(
  hub: Pick<TestHub, "url" | "token">,
  dataDir: string,
  endpoints: readonly Record<string, unknown>[],
  runtimeKeys: Record<string, unknown> = {},
): Promise<TerminalHarness> {
  const text = JSON.stringify({
    hub: { url: hub.url, token: hub.token, reconnect_interval: "20ms", max_reconnect_delay: "100ms" },
    runtime: { id: "r1", data_dir: dataDir, ...runtimeKeys },
    endpoints,
  });
  const config = parseConfigText(runtimeConfigSchema, text, "test");
  const lines: LogLine[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const runtime = await startRuntime({
    loaded: { config, data_dir: dataDir, env: { PATH: process.env.PATH, HOME: tmpdir() }, home: tmpdir() },
    log,
    onFatal: () => undefined,
    stop_grace: 200,
    program: RUNTIME_PROGRAM,
  });
  await until("live", () => runtime.link.state() === "live");
  return { runtime, lines };
}

type OpenCommand = Extract<RuntimeCommand, { kind: "terminal.open" }>;

export function openCommand(session_id: string, changes: Partial<OpenCommand> = {}): OpenCommand {
  return {
    kind: "terminal.open",
    id: randomUUID(),
    session_id,
    terminal_id: `${session_id}-1`,
    endpoint_id: "shell",
    cols: 80,
    rows: 24,
    ...changes,
  };
}

export type Attached = Extract<RuntimeFrame, { type: "terminal.attached" }>;

/** One view: what a pane in a tab keeps over all its attachments. */
export interface TestViewer {
  readonly viewer_id: string;
  /** Attaches (again), from where it stands. */
  attach(rights?: { readonly may_hold: boolean }): Promise<Attached>;
  /** The newest answer to attaching. */
  attached(): Attached | undefined;
  detach(): void;
  /** Types, and keeps it until it is taken; returns the position after it. */
  type(text: string | Uint8Array): number;
  resize(cols: number, rows: number): void;
  send(frame: Omit<TerminalFrame, "number">): void;
  /** Output as text, in which bytes are characters. */
  text(): string;
  /** Digest of all output since the first, if none was skipped. */
  digest(): string;
  received(): number;
  /** Payload bytes of output and snapshots since it was attached. */
  drawn(): number;
  /** All it would write to its screen since the newest reset. */
  picture(): Buffer;
  position(): number | undefined;
  /** Every frame, in order; output without its payload once `keepOutput` is false. */
  readonly frames: TerminalFrame[];
  readonly sizes: { position: number; cols: number; rows: number }[];
  snapshots(): number;
  taken(): number;
  detachedFor(): string | undefined;
  /** While false it draws nothing. */
  drawing: boolean;
  keepOutput: boolean;
}

/** The viewers of one hub: gives each its frames. */
export function createViewers(hub: TestHub, sessionId: string): (viewerId?: string) => TestViewer {
  let count = 0;
  const byNumber = new Map<number, (frame: TerminalFrame) => void>();
  const before = hub.onTerminalFrame;
  hub.onTerminalFrame = (frame) => {
    before(frame);
    byNumber.get(frame.number)?.(frame);
  };
  const base = Math.floor(Math.random() * 1_000_000) * 1_000;

  return (viewer_id = randomUUID()) => {
    let number = -1;
    let drawn = 0;
    let next: number | undefined;
    let terminalId: string | undefined;
    let received = 0;
    let snapshots = 0;
    let taken = 0;
    let typed = 0;
    let pending = Buffer.alloc(0);
    const hash = createHash("sha256");
    const pieces: Buffer[] = [];
    let drawing: Buffer[] = [];

    function draw(payload: Buffer): void {
      drawn += payload.length;
      if (viewer.keepOutput) drawing.push(payload);
      if (viewer.drawing) hub.sendBytes(encodeTerminalFrame("credit", number, drawn));
    }

    const takers: Partial<Record<TerminalFrame["kind"], (position: number, payload: Buffer) => void>> = {
      size: (position, payload) => void viewer.sizes.push({ position, ...decodeTerminalSize(payload) }),
      reset(position) {
        snapshots += 1;
        next = position;
        drawing = [];
      },
      taken(position) {
        pending = pending.subarray(Math.max(0, position - (typed - pending.length)));
        taken = position;
      },
      output(position, payload) {
        if (next !== undefined && position !== next) throw new Error(`output at ${position}, expected ${next}`);
        next = position + payload.length;
        received += payload.length;
        hash.update(payload);
        if (viewer.keepOutput) pieces.push(payload);
        draw(payload);
      },
      snapshot: (_, payload) => draw(payload),
    };

    function take({ kind, position, payload, number: from }: TerminalFrame): void {
      const bytes = Buffer.from(payload);
      viewer.frames.push({ kind, position, number: from, payload: viewer.keepOutput ? bytes : new Uint8Array(0) });
      takers[kind]?.(position, bytes);
    }

    const viewer: TestViewer = {
      viewer_id,
      frames: [],
      sizes: [],
      drawing: true,
      keepOutput: true,
      async attach(rights) {
        byNumber.delete(number);
        count += 1;
        number = base + count;
        drawn = 0;
        byNumber.set(number, take);
        const position = terminalId === undefined || next === undefined ? {} : { terminal_id: terminalId, offset: next };
        hub.send({ type: "terminal.attach", number, session_id: sessionId, viewer_id, ...rights, ...position });
        const mine = number;
        await until("attached", () => hub.frames.some((frame) => isAnswer(frame) && frame.number === mine));
        const found = viewer.attached();
        if (found === undefined) throw new Error(`detached: ${viewer.detachedFor()}`);
        terminalId = found.terminal_id;
        taken = found.taken;
        pending = pending.subarray(Math.max(0, found.taken - (typed - pending.length)));
        if (pending.length > 0) hub.sendBytes(encodeTerminalFrame("input", number, typed - pending.length, pending));
        return found;
      },
      attached: () => hub.frames.find((frame): frame is Attached => frame.type === "terminal.attached" && frame.number === number),
      detach() {
        hub.send({ type: "terminal.detach", number });
      },
      type(text) {
        const bytes = Buffer.from(text as string);
        hub.sendBytes(encodeTerminalFrame("input", number, typed, bytes));
        pending = Buffer.concat([pending, bytes]);
        typed += bytes.length;
        return typed;
      },
      resize: (cols, rows) => hub.sendBytes(encodeTerminalFrame("resize", number, 0, encodeTerminalSize({ cols, rows }))),
      send: ({ kind, position, payload }) => hub.sendBytes(encodeTerminalFrame(kind, number, position, payload)),
      text: () => Buffer.concat(pieces).toString("latin1"),
      digest: () => hash.copy().digest("hex"),
      received: () => received,
      drawn: () => drawn,
      picture: () => Buffer.concat(drawing),
      position: () => next,
      snapshots: () => snapshots,
      taken: () => taken,
      detachedFor() {
        const found = hub.frames.findLast((frame) => frame.type === "terminal.detached" && frame.number === number);
        return found?.type === "terminal.detached" ? found.reason : undefined;
      },
    };
    return viewer;
  };
}

function isAnswer(frame: RuntimeFrame): frame is Attached | Extract<RuntimeFrame, { type: "terminal.detached" }> {
  return frame.type === "terminal.attached" || frame.type === "terminal.detached";
}

/** Pids of the holders of a data directory. */
export function holdersOf(dataDir: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        return words.includes("hold") && words.includes(dataDir);
      } catch {
        return false;
      }
    })
    .map(Number);
}
