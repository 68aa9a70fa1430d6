/** Every byte drawn once and in order, every key typed once and in order, through cuts, losses and repetitions at any moment. */
import { type ClientFrame, decodeTerminalFrame, type HubToClientFrame, type TerminalSize } from "@fairlead/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createScriptedTerminal, type ScriptedTerminal } from "../test/scripted-terminal.ts";
import type { LiveSocket, SocketStatus } from "./socket.ts";
import { createStore } from "./store.ts";
import { createTerminals, type Terminal } from "./terminal.ts";

type Item = { readonly text: unknown } | { readonly bytes: Uint8Array };

/** A connection whose two directions are queues: what is in them arrives when the run says so, or never. */
function network(terminal: ScriptedTerminal) {
  const down: Item[] = [];
  const up: Item[] = [];
  const frames = new Set<(frame: HubToClientFrame) => void>();
  const binary = new Set<(bytes: Uint8Array) => void>();
  const status = createStore({ state: "live" } as SocketStatus);
  const connect = () => {
    const own = {
      text: (frame: HubToClientFrame) => void down.push({ text: frame }),
      bytes: (bytes: Uint8Array) => void down.push({ bytes }),
    };
    return terminal.connect(own);
  };
  let peer = connect();
  let doubled = 0;
  const live = () => status.get().state === "live";
  const socket: LiveSocket = {
    status,
    start: () => undefined,
    close: () => undefined,
    check: () => undefined,
    send: (frame) => live() && up.push({ text: frame }) > 0,
    sendBytes: (bytes) => live() && up.push({ bytes }) > 0,
    onFrame(listener) {
      frames.add(listener);
      return () => frames.delete(listener);
    },
    onBytes(listener) {
      binary.add(listener);
      return () => binary.delete(listener);
    },
  };
  const hear = (item: Item) => {
    if ("bytes" in item) for (const listener of [...binary]) listener(item.bytes);
    else for (const listener of [...frames]) listener(item.text as HubToClientFrame);
  };
  const isOutput = (item: Item | undefined) => item !== undefined && "bytes" in item && decodeTerminalFrame(item.bytes).kind === "output";
  return {
    socket,
    /** So many frames reach the hub, or the view. */
    up(count: number) {
      for (const item of up.splice(0, count)) {
        if ("bytes" in item) peer.bytes(item.bytes);
        else peer.text(item.text as ClientFrame);
      }
    },
    down(count: number) {
      for (const item of down.splice(0, count)) hear(item);
    },
    /** Loses, or doubles, the next frame of the output or of the input. */
    lose() {
      if (isOutput(down[0])) down.shift();
      if (up[0] !== undefined && "bytes" in up[0]) up.shift();
    },
    double() {
      const next = down[0];
      if (next !== undefined && "bytes" in next && isOutput(next)) {
        down.unshift(next);
        doubled += decodeTerminalFrame(next.bytes).payload.length;
      }
      const typed = up[0];
      if (typed !== undefined && "bytes" in typed) up.unshift(typed);
    },
    cut() {
      if (!live()) return;
      peer.close();
      up.length = 0;
      down.length = 0;
      status.set({ ...status.get(), state: "waiting" });
    },
    heal() {
      if (live()) return;
      peer = connect();
      status.set({ ...status.get(), state: "live" });
      hear({ text: { type: "hello.ack" } });
    },
    /** Bytes that arrived once more than they were sent: the viewer rightly gives credit for them. */
    doubled: () => doubled,
    idle: () => up.length === 0 && down.length === 0,
  };
}

/** A screen that draws later, and counts what it has drawn. */
function screen() {
  const steps: (Uint8Array | "reset")[] = [];
  let shown = "";
  let terminal: Terminal | undefined;
  return {
    listener: {
      output: (bytes: Uint8Array) => void steps.push(bytes),
      reset: (_size: TerminalSize) => void steps.push("reset"),
      size: (_size: TerminalSize) => undefined,
    },
    watch(view: Terminal) {
      terminal = view;
    },
    draw(count: number) {
      for (const step of steps.splice(0, count)) {
        if (step === "reset") shown = "";
        else {
          shown += Buffer.from(step).toString("latin1");
          terminal?.drawn(step.length);
        }
      }
    },
    shown: () => shown,
  };
}

const ACTIONS = [
  "print",
  "type",
  "up",
  "up",
  "down",
  "down",
  "draw",
  "cut",
  "heal",
  "lose",
  "double",
  "away",
  "back",
  "steal",
  "hold",
  "wait",
] as const;
const action = fc.record({ act: fc.constantFrom(...ACTIONS), size: fc.integer({ min: 1, max: 60 }) });

/** Letters that tell their own position, so that a hole or a repetition cannot look right. */
function lettersFrom(start: number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => 32 + (((start + index) * 7) % 90));
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a view of a terminal", () => {
  it("draws what was written and types what was typed, once and in order", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 120, size: "max" }), (actions) => {
        const runtime = createScriptedTerminal({ ring: 100, window: 150, piece: 40 });
        const line = network(runtime);
        const display = screen();
        const view = createTerminals(line.socket).open({ session_id: "s", viewer_id: "v" }, display.listener);
        display.watch(view);
        // Whoever takes over here wants all that was typed.
        view.status.subscribe(() => {
          if (view.status.get().aside !== null) view.settle("type");
        });
        let typed = 0;
        const type = (size: number) => {
          if (view.write(lettersFrom(typed, size))) typed += size;
        };
        const other = runtime.connect({ text: () => undefined, bytes: () => undefined });
        const steal = () => {
          other.text({ type: "terminal.attach", number: 9, session_id: "s", viewer_id: "other", hold: true });
          other.text({ type: "terminal.hold", number: 9, on: true });
        };
        const run: Record<(typeof ACTIONS)[number], (size: number) => void> = {
          print: (size) => runtime.write(lettersFrom(runtime.written.length, size)),
          type,
          up: (size) => line.up(size % 9),
          down: (size) => line.down(size % 9),
          draw: (size) => display.draw(size % 9),
          cut: line.cut,
          heal: line.heal,
          lose: line.lose,
          double: line.double,
          away: () => runtime.end("away"),
          back: () => runtime.open(),
          steal,
          hold: () => view.hold(true),
          wait: (size) => vi.advanceTimersByTime(size * 100),
        };
        for (const { act, size } of actions) run[act](size);

        runtime.open();
        line.heal();
        for (let round = 0; round < 2_000 && (round < 20 || !line.idle() || view.status.get().waiting > 0); round += 1) {
          line.up(50);
          line.down(50);
          display.draw(50);
          vi.advanceTimersByTime(1_000);
          if (view.status.get().state === "live" && !view.status.get().holds) view.hold(true);
        }
        // A frame lost at the very end shows by the next one.
        runtime.write(lettersFrom(runtime.written.length, 1));
        for (let round = 0; round < 200; round += 1) {
          line.up(50);
          line.down(50);
          display.draw(50);
          vi.advanceTimersByTime(500);
        }
        expect(display.shown()).toBe(Buffer.from(runtime.written).toString("latin1"));
        expect(Buffer.from(runtime.given).toString("latin1")).toBe(Buffer.from(lettersFrom(0, typed)).toString("latin1"));
        expect(runtime.overdrawn).toBeLessThanOrEqual(line.doubled());
        expect([view.status.get().waiting, view.status.get().state]).toEqual([0, "live"]);
        view.detach();
        other.close();
      }),
      { numRuns: 1_000 },
    );
  });
});
