/**
 * One run of a program in a terminal: its output goes to the ring, the screen and every viewer, their keys go to it. It speaks only frames,
 * so that it may live in another process than the one that talks to the hub.
 */
import { decodeTerminalSize, type TerminalDetachReason, type TerminalFrame, type TerminalSize } from "@fairlead/protocol";
import type { Pty, PtyListener } from "../process/pty.ts";
import type { ProcessExit } from "../process/spawn.ts";
import { createKeys } from "./keys.ts";
import { createPace } from "./pace.ts";
import { createQuestions } from "./questions.ts";
import type { Recording } from "./recorder.ts";
import { createResizer } from "./resizer.ts";
import { createRing, type Ring } from "./ring.ts";
import { createScreen, type Screen } from "./screen.ts";
import { createSizeLog } from "./size-log.ts";
import { createViewer, type Viewer } from "./viewer.ts";

/** After the end viewers may take this long (ms) to draw what is left. */
const FAREWELL_MS = 10_000;

export interface TerminalOptions {
  readonly terminal_id: string;
  readonly size: TerminalSize;
  /** Bytes of output kept for viewers. */
  readonly ring: number;
  /** Lines kept above the screen. */
  readonly scrollback: number;
  /** Ends after this long without a key and without a viewer (ms). */
  readonly idle_timeout: number | undefined;
  /** Position of the first byte of output; default: 0. */
  readonly first?: number | undefined;
  readonly start: (listener: PtyListener) => Promise<Pty>;
  /** The program has ended and all its output is in the ring. */
  readonly onEnded: (exit: ProcessExit) => void;
  /** Nobody used it for `idle_timeout`. */
  readonly onIdle: () => void;
}

export interface AttachRequest {
  readonly number: number;
  readonly viewer_id: string;
  readonly terminal_id?: string | undefined;
  readonly offset?: number | undefined;
  /** False: it only watches. */
  readonly may_hold?: boolean | undefined;
}

/** Where a viewer's frames go. */
export interface ViewerPort {
  /** The viewer has something to pull. */
  ready(viewer: Viewer): void;
  /** The attachment is over: nothing of it is pulled any more. */
  detached(viewer: Viewer, reason: TerminalDetachReason): void;
}

export interface Attached {
  readonly viewer: Viewer;
  readonly size: TerminalSize;
  readonly offset: number;
  readonly taken: number;
}

export interface RunningTerminal {
  readonly terminal_id: string;
  readonly ring: Pick<Ring, "start" | "end" | "slice">;
  readonly screen: Pick<Screen, "read">;
  attach(request: AttachRequest, port: ViewerPort): Attached;
  detach(viewer: Viewer): void;
  /** An attached viewer holds keys and size from now on, or gave them back. */
  hold(viewer: Viewer, on: boolean): void;
  /** Takes a frame of an attached viewer; what makes no sense is ignored. */
  take(viewer: Viewer, frame: TerminalFrame): void;
  /** Types; false: the program does not read, and too much waits for it already. */
  type(bytes: Uint8Array): boolean;
  /** Whether the program has ended; its output can still be looked at by who has it. */
  hasEnded(): boolean;
  /** Calls back with each output and at the end, until the returned function is called. */
  watch(onOutput: () => void): () => void;
  /** Taps it from now on; undefined: no longer. */
  record(recording: Recording | undefined): void;
  isRecorded(): boolean;
  size(): TerminalSize;
  /** Ends the program; settles when it is gone and all is told. */
  stop(): Promise<void>;
}

/** Starts the program; rejects with an Error for people when that fails. */
export async function openTerminal(options: TerminalOptions): Promise<RunningTerminal> {
  const ring = createRing(options.ring, options.first);
  const sizes = createSizeLog(options.size, options.first);
  const viewers = new Map<Viewer, ViewerPort>();
  const watchers = new Set<() => void>();
  /** The attached viewer that holds the terminal: the hub says so, and its keys and sizes do. */
  let holder: Viewer | undefined;
  let recording: Recording | undefined;
  let ended = false;
  let farewell: NodeJS.Timeout | undefined;
  let idle: NodeJS.Timeout | undefined;

  const listener: PtyListener = {
    data(bytes) {
      ring.append(bytes);
      sizes.forget(ring.start());
      for (const [viewer, port] of viewers) port.ready(viewer);
      screen.feed(bytes);
      recording?.output(bytes);
      for (const onOutput of watchers) onOutput();
      pace.check();
    },
    drained: () => keys.drained(),
    ended(exit) {
      ended = true;
      clearTimeout(idle);
      resizer.stop();
      pace.stop();
      keys.end();
      questions.stop();
      recording?.end();
      recording = undefined;
      options.onEnded(exit);
      for (const onOutput of watchers) onOutput();
      farewell = setTimeout(sayGoodbye, FAREWELL_MS);
      dismissEven();
    },
  };

  const pty = await options.start(listener);
  const screen = createScreen({
    first: sizes.newest(),
    scrollback: options.scrollback,
    isAsked: () => holder === undefined,
    onQuestion: (position, answer) => {
      if (!ended) questions.asked(position, answer);
    },
    onParsed: () => pace.check(),
  });
  const keys = createKeys({
    write: (bytes) => pty.write(bytes),
    onTaken(viewerId, position) {
      for (const viewer of viewers.keys()) if (viewer.viewer_id === viewerId) viewer.taken(position);
    },
    without: (viewerId, bytes) => questions.doubled(viewerId, bytes),
  });
  const questions = createQuestions({
    viewers: () => viewers.keys(),
    answer: (text) => void keys.type(Buffer.from(text, "latin1")),
    told: () => ring.end() - screen.backlog(),
  });
  const resizer = createResizer(options.size, (size) => {
    pty.resize(size);
    const change = sizes.change(ring.end(), size);
    screen.resize(change);
    recording?.resize(size);
    for (const [viewer, port] of viewers) port.ready(viewer);
  });
  const pace = createPace({ pty, viewers: () => viewers.keys(), backlog: screen.backlog, ring: options.ring });
  watchIdleness();

  function watchIdleness(): void {
    if (options.idle_timeout === undefined) return;
    clearTimeout(idle);
    if (viewers.size === 0 && !ended) idle = setTimeout(options.onIdle, options.idle_timeout);
  }

  function release(viewer: Viewer, reason: TerminalDetachReason): void {
    const port = viewers.get(viewer);
    if (port === undefined) return;
    viewers.delete(viewer);
    viewer.close();
    if (holder === viewer) giveHold(undefined);
    port.detached(viewer, reason);
    if (reason === "detached") pace.left(viewer);
    else pace.check();
    watchIdleness();
    if (ended && viewers.size === 0) sayGoodbye();
  }

  function giveHold(next: Viewer | undefined): void {
    if (next === holder) return;
    holder = next;
    questions.holds(next, ring.end());
  }

  function dismissEven(): void {
    for (const viewer of [...viewers.keys()]) if (viewer.isEven()) release(viewer, "ended");
    if (viewers.size === 0) sayGoodbye();
  }

  function sayGoodbye(): void {
    clearTimeout(farewell);
    for (const viewer of [...viewers.keys()]) release(viewer, "ended");
    screen.dispose();
  }

  return {
    terminal_id: options.terminal_id,
    ring,
    screen,
    size: () => sizes.newest().size,
    attach({ number, viewer_id, terminal_id, offset, may_hold = true }, port) {
      for (const other of [...viewers.keys()]) if (other.viewer_id === viewer_id) release(other, "replaced");
      const known = terminal_id === options.terminal_id && offset !== undefined && offset <= ring.end() ? offset : undefined;
      const viewer: Viewer = createViewer({
        number,
        viewer_id,
        offset: known,
        ring,
        sizes,
        may_hold,
        // Making it takes time that the viewer is not to blame for.
        snapshot: () => screen.snapshot().finally(() => pace.check()),
        onReady: () => port.ready(viewer),
        onSkip: () => questions.moved(viewer),
        onEven: () => {
          if (ended) setImmediate(dismissEven);
        },
      });
      viewers.set(viewer, port);
      pace.came(viewer_id);
      questions.back(viewer, known ?? 0);
      clearTimeout(idle);
      return { viewer, size: sizes.newest().size, offset: ring.end(), taken: keys.taken(viewer_id) };
    },
    detach: (viewer) => release(viewer, "detached"),
    hold(viewer, on) {
      if (!viewers.has(viewer)) return;
      if (on) giveHold(viewer);
      else if (holder === viewer) giveHold(undefined);
    },
    take(viewer, { kind, position, payload }) {
      if (!viewers.has(viewer) || ended) {
        if (kind === "credit") viewer.credit(position);
        return;
      }
      switch (kind) {
        case "credit":
          viewer.credit(position);
          questions.moved(viewer);
          pace.check();
          return;
        case "input":
          giveHold(viewer);
          keys.take(viewer.viewer_id, position, payload);
          return;
        case "resize":
          giveHold(viewer);
          resizer.want(decodeTerminalSize(payload));
          return;
        default:
          return;
      }
    },
    type(bytes) {
      watchIdleness();
      return keys.type(bytes);
    },
    watch(onOutput) {
      watchers.add(onOutput);
      return () => watchers.delete(onOutput);
    },
    record(next) {
      recording?.end();
      recording = next;
    },
    hasEnded: () => ended,
    isRecorded: () => recording !== undefined,
    async stop() {
      pace.stop();
      await pty.stop();
    },
  };
}
