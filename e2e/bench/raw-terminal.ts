/** A viewer of a terminal with nothing between it and the socket, so that a benchmark times hub and runtime and not the client. */
import { randomUUID } from "node:crypto";
import { decodeTerminalFrame, encodeTerminalFrame, TERMINAL_WINDOW_BYTES, type TerminalFrame } from "@fairlead/protocol";
import type { RawData, WebSocket } from "ws";
import type { RawClient } from "./raw-client.ts";
import type { Stage } from "./stage.ts";

export interface RawTerminal {
  readonly session_id: string;
  /** Resolves when it holds the keys: what is typed before goes nowhere. */
  readonly held: Promise<void>;
  type(text: string): void;
  onFrame(listener: (frame: TerminalFrame) => void): void;
  /** Resolves with the time (ms) at which the output, looked at from now on, holds this text. */
  until(mark: string): Promise<number>;
  detach(): void;
}

/** Terminals that one socket watches here; the hub allows a few more, and a user few sockets. */
const PER_SOCKET = 25;
/** Between two terminals (ms): opening one takes four frames, and the hub takes 30 a second of a socket. */
const PACE_MS = 150;
const CREDIT_STEP = TERMINAL_WINDOW_BYTES / 4;

/** Opens terminals one after the other and attaches to each, on as few sockets as may be. */
export async function openTerminals(stage: Stage, client: RawClient, count: number): Promise<RawTerminal[]> {
  const terminals: RawTerminal[] = [];
  let viewer = client;
  for (let index = 0; index < count; index++) {
    if (index % PER_SOCKET === 0) {
      viewer = await stage.client();
      viewer.socket.setMaxListeners(2 * PER_SOCKET);
    }
    terminals.push(await openTerminal(client, viewer));
    await pause();
  }
  return terminals;
}

export async function closeTerminals(client: RawClient, terminals: readonly RawTerminal[]): Promise<void> {
  for (const { session_id } of terminals) {
    await client.call("terminals.close", { session_id });
    await pause();
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, PACE_MS));

/** Opens a terminal by one client, attaches to it by another and waits until that one holds the keys. */
export async function openTerminal(client: RawClient, viewer: RawClient): Promise<RawTerminal> {
  const { id } = await client.call<{ id: string }>("terminals.open", { endpoint_id: "terminal" });
  await untilOpened(client, id);
  const terminal = attachTerminal(viewer, id);
  await terminal.held;
  return terminal;
}

function untilOpened(client: RawClient, sessionId: string): Promise<void> {
  return new Promise((resolve) => {
    client.subscribe(sessionId, (event) => {
      if (event.type !== "terminal.opened") return;
      // A socket may follow so many sessions only.
      say(client.socket, { type: "client.unsubscribe", session_id: sessionId });
      resolve();
    });
  });
}

let numbers = 0;

/** Attaches with nothing drawn: a screen comes first if the ring does not reach back. */
export function attachTerminal({ socket }: RawClient, session_id: string): RawTerminal {
  const listeners = new Set<(frame: TerminalFrame) => void>();
  let typed = 0;
  let drawn = 0;
  let told = 0;
  const viewer_id = randomUUID();
  numbers += 1;
  const number = numbers;
  let hold: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    hold = resolve;
  });
  socket.on("message", (data: RawData, isBinary) => {
    if (!isBinary) {
      const frame = JSON.parse(String(data)) as { readonly type: string; readonly holder?: string };
      if (frame.type === "terminal.viewers" && frame.holder === viewer_id) hold();
      return;
    }
    const frame = decodeTerminalFrame(data as Buffer);
    if (frame.number !== number) return;
    if (frame.kind === "output" || frame.kind === "snapshot") drawn += frame.payload.length;
    if (drawn - told >= CREDIT_STEP) {
      told = drawn;
      socket.send(encodeTerminalFrame("credit", number, told));
    }
    for (const listener of listeners) listener(frame);
  });
  say(socket, { type: "terminal.attach", number, session_id, viewer_id, hold: true });
  return {
    session_id,
    held,
    type(text) {
      const bytes = Buffer.from(text);
      socket.send(encodeTerminalFrame("input", number, typed, bytes));
      typed += bytes.length;
    },
    onFrame: (listener) => void listeners.add(listener),
    until(mark) {
      return new Promise((resolve) => {
        let tail = "";
        const look = ({ kind, payload }: TerminalFrame) => {
          if (kind !== "output") return;
          const text = tail + Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString("latin1");
          tail = text.slice(-mark.length);
          if (!text.includes(mark)) return;
          listeners.delete(look);
          resolve(performance.now());
        };
        listeners.add(look);
      });
    },
    detach: () => say(socket, { type: "terminal.detach", number }),
  };
}

function say(socket: WebSocket, frame: object): void {
  socket.send(JSON.stringify(frame));
}
