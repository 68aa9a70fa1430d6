/** A hub for tests: a real WebSocket server that stores events by their ordinals and sends commands until they are applied. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import {
  CLOSE,
  type CloseName,
  decodeFrame,
  decodeTerminalFrame,
  type EndpointOffer,
  type HubToRuntimeFrame,
  type RuntimeCommand,
  type RuntimeEvent,
  type RuntimeFrame,
  runtimeFrameSchema,
  type TerminalFrame,
} from "@fairlead/protocol";
import { type WebSocket, WebSocketServer } from "ws";

export interface TestHub {
  readonly url: string;
  readonly token: string;
  /** Frames received over all connections, hellos included. */
  readonly frames: RuntimeFrame[];
  /** Stored events of a session over all its streams. */
  events(sessionId: string): RuntimeEvent[];
  offers(): EndpointOffer[];
  /** The furthest state each command reached, and how often each was acknowledged. */
  readonly commandStates: Map<string, string>;
  readonly acks: Map<string, number>;
  /** Times an ordinal was skipped. */
  gaps(): number;
  connections(): number;
  command(command: RuntimeCommand): void;
  send(frame: HubToRuntimeFrame): void;
  sendText(text: string): void;
  sendBytes(bytes: Uint8Array): void;
  /** Told of each frame of a terminal. */
  onTerminalFrame: (frame: TerminalFrame) => void;
  /** While false events are stored but not acknowledged. */
  acknowledging: boolean;
  /** While true nothing that comes is looked at and nothing is answered: a half-open connection. */
  deaf: boolean;
  /** Refuses every hello with this close code. */
  refuse: CloseName | undefined;
  /** Sessions that this hub does not know. */
  readonly unknown: Set<string>;
  /** What the hub holds for open, per session. */
  readonly openTurns: Map<string, { running_turn?: string; queued_turns?: string[] }>;
  acknowledgeAll(): void;
  /** Loses all events of a session but the first ones, as a restored backup does. */
  rollBack(sessionId: string, kept: number): void;
  cut(): void;
  close(name: CloseName): void;
  pauseReading(): void;
  resumeReading(): void;
  stop(): Promise<void>;
}

interface Stored {
  stream: string;
  ordinal: number;
  readonly events: RuntimeEvent[];
}

export async function startTestHub(options: { port?: number; silence_limit_ms?: number; heartbeat_ms?: number } = {}): Promise<TestHub> {
  const token = "test-token";
  const server = new WebSocketServer({ host: "127.0.0.1", port: options.port ?? 0, maxPayload: 1_100_000 });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stored = new Map<string, Stored>();
  const commands: RuntimeCommand[] = [];
  let current: WebSocket | undefined;
  let offers: EndpointOffer[] = [];
  let gaps = 0;
  let connections = 0;

  const hub: TestHub = {
    url: `ws://127.0.0.1:${port}/ws/runtime`,
    token,
    frames: [],
    commandStates: new Map(),
    acks: new Map(),
    acknowledging: true,
    deaf: false,
    refuse: undefined,
    unknown: new Set(),
    openTurns: new Map(),
    rollBack(sessionId, kept) {
      const known = stored.get(sessionId);
      if (known === undefined) return;
      known.ordinal = kept;
      known.events.length = kept;
    },
    events: (sessionId) => stored.get(sessionId)?.events ?? [],
    offers: () => offers,
    gaps: () => gaps,
    connections: () => connections,
    command(command) {
      commands.push(command);
      send({ type: "command", command });
    },
    send,
    sendText: (text) => current?.send(text),
    sendBytes: (bytes) => current?.send(bytes),
    onTerminalFrame: () => undefined,
    acknowledgeAll() {
      for (const [session_id, { stream, ordinal }] of stored) send({ type: "events.ack", session_id, stream, ordinal });
    },
    cut: () => current?.terminate(),
    close: (name) => current?.close(CLOSE[name].code, CLOSE[name].reason),
    pauseReading: () => current?.pause(),
    resumeReading: () => current?.resume(),
    async stop() {
      for (const socket of server.clients) socket.terminate();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };

  function send(frame: HubToRuntimeFrame): void {
    current?.send(JSON.stringify(frame));
  }

  server.on("connection", (socket, request) => {
    connections += 1;
    socket.on("error", () => undefined);
    socket.on("message", (data, binary) => {
      if (hub.deaf) return;
      if (binary) {
        hub.onTerminalFrame(decodeTerminalFrame(data as Buffer));
        return;
      }
      const frame = decodeFrame(runtimeFrameSchema, data.toString());
      hub.frames.push(frame);
      if (frame.type === "runtime.hello") greet(socket, frame, request.headers.authorization);
      else if (socket === current) take(frame, socket);
    });
    socket.on("close", () => {
      if (current === socket) current = undefined;
    });
  });

  function greet(socket: WebSocket, frame: Extract<RuntimeFrame, { type: "runtime.hello" }>, authorization: string | undefined): void {
    const refusal: CloseName | undefined = authorization === `Bearer ${token}` && frame.token === token ? hub.refuse : "Unauthenticated";
    if (refusal !== undefined) {
      socket.send(JSON.stringify({ type: "hello.ack", ok: false, error: CLOSE[refusal].reason } satisfies Partial<HubToRuntimeFrame>));
      socket.close(CLOSE[refusal].code, CLOSE[refusal].reason);
      return;
    }
    current = socket;
    offers = frame.endpoints;
    const sessions = frame.sessions
      .filter(({ session_id }) => !hub.unknown.has(session_id))
      .map(({ session_id, stream }) => {
        const known = stored.get(session_id);
        return { session_id, stream, acked_ordinal: known?.stream === stream ? known.ordinal : 0, ...hub.openTurns.get(session_id) };
      });
    send({
      type: "hello.ack",
      ok: true,
      protocol: 1,
      version: "test",
      epoch: connections,
      heartbeat_ms: options.heartbeat_ms ?? 15_000,
      silence_limit_ms: options.silence_limit_ms ?? 45_000,
      max_frame_bytes: 1_048_576,
      sessions,
    });
    for (const command of commands) {
      if (!["applied", "failed"].includes(hub.commandStates.get(command.id) ?? "")) send({ type: "command", command });
    }
  }

  function take(frame: RuntimeFrame, socket: WebSocket): void {
    switch (frame.type) {
      case "events":
        store(frame, socket);
        return;
      case "command.ack":
        hub.commandStates.set(frame.id, frame.state);
        hub.acks.set(frame.id, (hub.acks.get(frame.id) ?? 0) + 1);
        return;
      case "runtime.endpoints":
        offers = frame.endpoints;
        return;
      case "ping":
        send({ type: "pong" });
        return;
      case "runtime.hello":
        throw new Error("hello twice");
    }
  }

  function store(frame: Extract<RuntimeFrame, { type: "events" }>, socket: WebSocket): void {
    const { session_id, stream } = frame;
    const known = stored.get(session_id) ?? { stream, ordinal: 0, events: [] };
    stored.set(session_id, known);
    if (known.stream !== stream) {
      known.stream = stream;
      known.ordinal = 0;
    }
    for (const [index, event] of frame.events.entries()) {
      const ordinal = frame.from + index;
      if (ordinal <= known.ordinal) continue;
      if (ordinal > known.ordinal + 1) {
        gaps += 1;
        socket.close(CLOSE.OrdinalGap.code, CLOSE.OrdinalGap.reason);
        return;
      }
      known.ordinal = ordinal;
      known.events.push(event);
    }
    if (hub.acknowledging) send({ type: "events.ack", session_id, stream, ordinal: known.ordinal });
  }

  return hub;
}

/** Waits until a fact holds; fails after `limit` ms saying what was waited for. */
export async function until(what: string, fact: () => boolean, limit = 10_000): Promise<void> {
  const end = Date.now() + limit;
  while (!fact()) {
    if (Date.now() > end) throw new Error(`waited ${limit} ms in vain for: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}
