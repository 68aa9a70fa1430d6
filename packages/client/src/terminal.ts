/** A view of a terminal that outlives connections: attaches again by itself, draws every byte once, types every key once. */
import {
  AppError,
  decodeTerminalFrame,
  decodeTerminalSize,
  encodeTerminalFrame,
  fitTerminalSize,
  type HubToClientFrame,
  type TerminalFrame,
  type TerminalSize,
} from "@fairlead/protocol";
import type { LiveSocket } from "./socket.ts";
import { createStore, type ReadableStore } from "./store.ts";
import { createCredit } from "./terminal-credit.ts";
import { createOutputPosition } from "./terminal-output.ts";
import { FINAL, FIRST_STATUS, sameSize, type TerminalStatus } from "./terminal-status.ts";
import { createTyping } from "./terminal-typing.ts";

export interface TerminalOptions {
  readonly session_id: string;
  /** Names this view over reloads, so that its input is counted once: unique among views that are open at the same time. */
  readonly viewer_id: string;
  /** Hold keys and size if nobody does. Default true. */
  readonly hold?: boolean;
  /** How long the hub may take to answer (ms), and how long typed bytes may lie there untaken before they are sent again. */
  readonly patience?: { readonly attach: number; readonly input: number } | undefined;
}

export interface TerminalListener {
  /**
   * Bytes to draw after all before them; `drawn` is to be told when that is done. `replayed`: the program wrote them before this view was
   * attached; what it asked its terminal then was answered then, and must not be answered again.
   */
  output(bytes: Uint8Array, replayed: boolean): void;
  /** Forget what all `output` before has drawn: what follows draws the screen anew at this size. */
  reset(size: TerminalSize): void;
  /** From the bytes that follow on, the terminal has this size. */
  size(size: TerminalSize): void;
}

export interface Terminal {
  readonly status: ReadableStore<TerminalStatus>;
  /** Types. False when nothing of it was taken: too much waits, another viewer holds the keys, or no program runs. */
  write(input: string | Uint8Array): boolean;
  /** The size this view would like; it is asked for while the view holds the terminal. */
  resize(size: TerminalSize): void;
  /** So many bytes of `output` are drawn. */
  drawn(bytes: number): void;
  /** Takes keys and size over from whoever holds them, or gives them back. */
  hold(on: boolean): void;
  /** Types the keys that were set aside at taking over, behind what was typed since, or drops them. */
  settle(act: "type" | "drop"): void;
  /** Asks again, after `replaced`, `forbidden` or `limit`. */
  retry(): void;
  /** Leaves for good. */
  detach(): void;
}

export type OpenTerminal = (options: TerminalOptions, listener: TerminalListener) => Terminal;

type Attached = Extract<HubToClientFrame, { type: "terminal.attached" }>;
type Detached = Extract<HubToClientFrame, { type: "terminal.detached" }>;
type Viewers = Extract<HubToClientFrame, { type: "terminal.viewers" }>;

const PATIENCE = { attach: 10_000, input: 5_000 };
/** The shortest pause between two attachments after gaps (ms). */
const GAP_PAUSE = 1_000;

/** Views over one socket: their numbers are unique on it. */
export function createTerminals(socket: LiveSocket): { readonly open: OpenTerminal; close(): void } {
  const views = new Set<Terminal>();
  let numbers = 0;
  return {
    open(options, listener) {
      const wire = { socket, nextNumber: () => numbers++, ended: () => views.delete(view) };
      const view = openTerminal(wire, options, listener);
      views.add(view);
      return view;
    },
    close() {
      for (const view of [...views]) view.detach();
    },
  };
}

interface Wire {
  readonly socket: LiveSocket;
  nextNumber(): number;
  ended(): void;
}

function openTerminal({ socket, nextNumber, ended }: Wire, options: TerminalOptions, listener: TerminalListener): Terminal {
  const { session_id, viewer_id, patience = PATIENCE } = options;
  const output = createOutputPosition();
  const status = createStore<TerminalStatus>({ ...FIRST_STATUS, since: Date.now(), holds: false });
  /** The present attachment; undefined: none, whatever arrives belongs to an earlier one. */
  let number: number | undefined;
  /** Whether the present attachment was asked for without a position: it begins with an empty screen. */
  let fresh = true;
  /** How far the program had written when this view was attached. */
  let liveFrom = 0;
  let wantsHold = options.hold ?? true;
  /** Whether to take the hold over as soon as the terminal is attached. */
  let takeover = false;
  /** Whether the hold was asked for where it was not had, and the hub has not yet said that it is. */
  let wasAsked = false;
  /** Gaps since output fitted last. */
  let gaps = 0;
  let lastGap = 0;
  let answerBy: ReturnType<typeof setTimeout> | undefined;

  const sendBytes = (kind: "input" | "resize" | "credit", position: number, payload?: Uint8Array) => {
    if (number !== undefined) socket.sendBytes(encodeTerminalFrame(kind, number, position, payload));
  };
  const credit = createCredit((total) => sendBytes("credit", total));
  const typing = createTyping({ patience: patience.input, send: sendBytes, size: () => status.get().size });
  const change = (next: Partial<TerminalStatus>) => {
    const before = status.get();
    const turned = next.state !== undefined && next.state !== before.state;
    const holder = next.holder === undefined ? before.holder : next.holder;
    const { waiting, aside } = typing;
    status.set({ ...before, waiting, aside, ...next, holds: holder === viewer_id, since: turned ? Date.now() : before.since });
  };
  /** Forgets the present attachment, on this side only. */
  const forget = () => {
    clearTimeout(answerBy);
    typing.stop();
    number = undefined;
    credit.restart();
  };
  const leave = () => {
    if (number !== undefined) socket.send({ type: "terminal.detach", number });
    forget();
  };

  const attach = () => {
    leave();
    const { state } = status.get();
    if (state === "live" || FINAL.has(state)) change({ state: "attaching", error: null });
    number = nextNumber();
    const { terminal_id, whole, offset } = output;
    // After two gaps in a row the position is of no use.
    fresh = terminal_id === null || !whole || gaps > 1;
    const known = fresh ? {} : { terminal_id: terminal_id ?? undefined, offset };
    const sent = socket.send({ type: "terminal.attach", number, session_id, viewer_id, hold: wantsHold, ...known });
    if (!sent) return forget();
    answerBy = setTimeout(attach, patience.attach);
  };
  const missing = () => {
    gaps += 1;
    leave();
    change({ state: "attaching" });
    const wait = lastGap + GAP_PAUSE - Date.now();
    lastGap = Date.now();
    if (wait <= 0) attach();
    else answerBy = setTimeout(attach, wait);
  };

  const attached = ({ terminal_id, cols, rows, offset, taken }: Attached) => {
    clearTimeout(answerBy);
    liveFrom = offset;
    const size = fitTerminalSize({ cols, rows });
    const another = terminal_id !== output.terminal_id;
    if (another && output.terminal_id !== null) typing.drop();
    if (another || fresh) output.begin(terminal_id);
    typing.resume(taken);
    const resized = !sameSize(size, status.get().size);
    change({ state: "live", error: null, terminal_id, size });
    if (another || fresh) listener.reset(size);
    else if (resized) listener.size(size);
    if (takeover && number !== undefined) socket.send({ type: "terminal.hold", number, on: true });
    takeover = false;
  };
  const detached = ({ reason, error }: Detached) => {
    forget();
    if (reason === "ended") typing.drop();
    change({ state: reason, error: error ?? null, ...(reason === "ended" ? { holder: null, viewers: [] } : {}) });
  };
  const told = ({ holder, viewers }: Viewers) => {
    const holds = holder === viewer_id;
    if (holder !== null) wantsHold = holds;
    const own = viewers.find((viewer) => viewer.viewer_id === viewer_id);
    typing.grant(holds, wasAsked);
    if (holds) wasAsked = false;
    change({ holder, viewers, may_hold: own?.may_hold ?? status.get().may_hold });
  };

  /** `end`: the position behind these bytes. */
  const pass = (bytes: Uint8Array, end: number) => {
    const old = Math.min(bytes.length, Math.max(0, bytes.length - (end - liveFrom)));
    if (old > 0) listener.output(bytes.subarray(0, old), true);
    if (old < bytes.length) listener.output(bytes.subarray(old), false);
  };
  const draw = (frame: TerminalFrame) => {
    const step = output.take(frame);
    const count = step.kind === "bytes" ? step.bytes.length : 0;
    if (step.kind === "gap") return missing();
    if (step.kind === "bytes") {
      gaps = 0;
      credit.delivered(count);
      if (frame.kind === "snapshot") listener.output(step.bytes, true);
      else pass(step.bytes, output.offset);
    } else if (step.kind === "reset") {
      const size = decodeTerminalSize(frame.payload);
      change({ size });
      listener.reset(size);
    }
    if (frame.kind !== "reset" && count < frame.payload.length) credit.skipped(frame.payload.length - count);
  };
  const hear = (frame: TerminalFrame) => {
    if (frame.kind === "taken") {
      typing.taken(frame.position);
      change({});
    } else if (frame.kind === "size") {
      const size = decodeTerminalSize(frame.payload);
      change({ size });
      listener.size(size);
    } else draw(frame);
  };

  const answered = (frame: Attached | Detached | Viewers) => {
    if (frame.number !== number) return;
    if (frame.type === "terminal.attached") attached(frame);
    else if (frame.type === "terminal.detached") detached(frame);
    else told(frame);
  };
  const stopFrames = socket.onFrame((frame) => {
    const { state } = status.get();
    if (frame.type === "hello.ack" && !FINAL.has(state)) attach();
    if (frame.type === "terminal.available" && frame.session_id === session_id && (state === "away" || state === "ended")) attach();
    if ("number" in frame) answered(frame);
  });
  const stopBytes = socket.onBytes((bytes) => {
    const frame = decodeFrame(bytes);
    if (frame !== undefined && frame.number === number && status.get().state === "live") hear(frame);
  });
  const stopStatus = socket.status.subscribe(() => {
    if (socket.status.get().state === "live") return;
    forget();
    if (status.get().state === "live") change({ state: "attaching" });
  });
  attach();

  return {
    status,
    write(text) {
      const { state, holder, viewers } = status.get();
      if (state !== "attaching" && state !== "live" && state !== "away") return false;
      // Before the hub has said who holds the keys, they wait for its word.
      const hopes = holder === null && viewers.length === 0 && wantsHold;
      if (holder !== viewer_id && !hopes) return false;
      if (!typing.write(typeof text === "string" ? new TextEncoder().encode(text) : text)) return false;
      credit.typed();
      change({});
      return true;
    },
    resize(size) {
      typing.resize(fitTerminalSize(size));
    },
    drawn: (bytes) => credit.drawn(bytes),
    hold(on) {
      const { holds, viewers } = status.get();
      wantsHold = on;
      wasAsked = on && !holds && viewers.length > 0;
      takeover = on && status.get().state !== "live";
      if (!takeover && number !== undefined) socket.send({ type: "terminal.hold", number, on });
    },
    settle(act) {
      typing.settle(act);
      change({});
    },
    retry: attach,
    detach() {
      leave();
      credit.stop();
      stopFrames();
      stopBytes();
      stopStatus();
      change({ state: "detached" });
      ended();
    },
  };
}

/** A frame, or undefined for what this build does not know: a newer hub may say more. */
function decodeFrame(bytes: Uint8Array): TerminalFrame | undefined {
  try {
    const frame = decodeTerminalFrame(bytes);
    if (frame.kind === "reset" || frame.kind === "size") decodeTerminalSize(frame.payload);
    return frame;
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
