/** A peer of `/ws/client` on a real socket that does what a test asks: fall silent, skip, repeat, drop, refuse. */
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { CLOSE, type ClientFrame, type HubToClientFrame, type SessionEvent } from "@fairlead/protocol";
import { type WebSocket, WebSocketServer } from "ws";
import type { ScriptedTerminal } from "./scripted-terminal.ts";

type Frame<T extends ClientFrame["type"]> = Extract<ClientFrame, { type: T }>;

export interface ScriptedHub {
  readonly url: string;
  /** The log of every session it knows. */
  readonly logs: Map<string, SessionEvent[]>;
  readonly received: ClientFrame[];
  /** Authorization headers of the upgrades. */
  readonly authorizations: (string | undefined)[];
  /** What a call is answered with; default: UNSUPPORTED. */
  answer: (call: Frame<"call">) => HubToClientFrame | undefined;
  /** What a subscription is answered with; default: `subscribed` and one range to the end. */
  subscribed: (frame: Frame<"client.subscribe">) => HubToClientFrame[];
  /** The terminal that every connection may attach to. */
  terminal: ScriptedTerminal | undefined;
  /** Whether anything is answered at all: a half-open connection swallows everything. */
  deaf: boolean;
  /** Close code for the next hellos; undefined: they are accepted. */
  refuseWith: number | undefined;
  heartbeat: number;
  silenceLimit: number;
  clockAhead: number;
  connections(): number;
  broadcast(frame: HubToClientFrame): void;
  broadcastBytes(bytes: Uint8Array): void;
  /** Cuts every connection without a close frame. */
  cut(): void;
  closeAll(code: number): void;
  stop(): Promise<void>;
  /** Listens again on the same port. */
  restart(): Promise<void>;
}

export function rangeOf(log: readonly SessionEvent[], from: number, to: number): HubToClientFrame {
  const events = log.slice(from - 1, to);
  return { type: "range", session_id: events[0]?.session_id ?? "s", from, to, head: log.length, events };
}

export async function startScriptedHub(): Promise<ScriptedHub> {
  const sockets = new Set<WebSocket>();
  let server: Server;
  let port = 0;
  const tell = (socket: WebSocket, frame: HubToClientFrame) => socket.send(JSON.stringify(frame));

  const hub: ScriptedHub = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    logs: new Map(),
    received: [],
    authorizations: [],
    answer: (call) => ({ type: "error", id: call.id, code: "UNSUPPORTED", error: call.operation }),
    subscribed: ({ session_id, after_seq }) => {
      const log = hub.logs.get(session_id);
      if (log === undefined) return [{ type: "error", session_id, code: "NOT_FOUND", error: "there is no such session" }];
      const range = after_seq < log.length ? [rangeOf(log, after_seq + 1, log.length)] : [];
      return [{ type: "subscribed", session_id, after_seq, head: log.length }, ...range];
    },
    terminal: undefined,
    deaf: false,
    refuseWith: undefined,
    heartbeat: 15_000,
    silenceLimit: 45_000,
    clockAhead: 0,
    connections: () => sockets.size,
    broadcast(frame) {
      for (const socket of sockets) tell(socket, frame);
    },
    broadcastBytes(bytes) {
      for (const socket of sockets) socket.send(bytes);
    },
    cut() {
      for (const socket of sockets) socket.terminate();
    },
    closeAll(code) {
      for (const socket of sockets) socket.close(code);
    },
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.terminate();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
    restart: listen,
  };

  const greet = (socket: WebSocket) => {
    if (hub.refuseWith !== undefined) return socket.close(hub.refuseWith);
    const user = { id: "u1", username: "anna", role: "user", created_at: "2026-01-01T00:00:00.000Z" } as const;
    const limits = { heartbeat_ms: hub.heartbeat, silence_limit_ms: hub.silenceLimit, max_frame_bytes: 256 * 1024 };
    tell(socket, { type: "hello.ack", protocol: 1, version: "0.1.0", user, ...limits, now: Date.now() + hub.clockAhead });
  };

  const take = (socket: WebSocket, frame: ClientFrame) => {
    if (frame.type === "client.hello") greet(socket);
    else if (frame.type === "ping") tell(socket, { type: "pong", now: Date.now() + hub.clockAhead });
    else if (frame.type === "client.subscribe") for (const answer of hub.subscribed(frame)) tell(socket, answer);
    else if (frame.type === "call") {
      const answer = hub.answer(frame);
      if (answer !== undefined) tell(socket, answer);
    }
  };

  async function listen(): Promise<void> {
    server = createServer((_request, response) => response.writeHead(404).end());
    const upgrades = new WebSocketServer({ noServer: true });
    server.on("upgrade", (request, raw: Socket, head) => {
      hub.authorizations.push(request.headers.authorization);
      upgrades.handleUpgrade(request, raw, head, (socket) => {
        sockets.add(socket);
        socket.on("close", () => sockets.delete(socket));
        socket.on("error", () => socket.terminate());
        const viewer = hub.terminal?.connect({
          text: (frame) => tell(socket, frame),
          bytes: (bytes) => socket.send(bytes),
        });
        socket.on("close", () => viewer?.close());
        socket.on("message", (data, isBinary) => {
          if (isBinary) return viewer?.bytes(data as Buffer);
          const frame = JSON.parse(String(data)) as ClientFrame;
          hub.received.push(frame);
          if (hub.deaf) return;
          take(socket, frame);
          viewer?.text(frame);
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  }

  await listen();
  return hub;
}

/** The close code of a refused login. */
export const UNAUTHENTICATED = CLOSE.Unauthenticated.code;
