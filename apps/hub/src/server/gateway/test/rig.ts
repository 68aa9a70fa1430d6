/** Starts a gateway on a free port and connects real sockets to it; everything is closed again after each test. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { AppError, decodeTerminalFrame, encodeTerminalFrame, type TerminalFrame, type TerminalFrameKind } from "@fairlead/protocol";
import { pino } from "pino";
import { afterEach } from "vitest";
import { WebSocket } from "ws";
import { ANONYMOUS, type Principal } from "../../domain/principal.ts";
import { createGateway, type Gateway } from "../gateway.ts";
import type { GatewayLimits } from "../limits.ts";
import { createStandIn, type StandIn, user } from "./stand-in.ts";

export type Frame = Record<string, unknown> & { readonly type: string };

/** A socket that keeps what it got until the test asks for it. */
export interface Peer {
  readonly ws: WebSocket;
  readonly frames: Frame[];
  /** Binary frames not taken yet. */
  readonly binary: TerminalFrame[];
  send(frame: unknown): void;
  /** Sends a terminal's frame. */
  sendBytes(kind: TerminalFrameKind, number: number, position: number, payload?: Uint8Array | string): void;
  /** The next binary frame among those not taken yet that fits. */
  nextBytes(kind: TerminalFrameKind, fits?: (frame: TerminalFrame) => boolean): Promise<TerminalFrame>;
  /** The next frame, among those not taken yet, that fits; those before it stay. */
  next(fits: string | ((frame: Frame) => boolean)): Promise<Frame>;
  readonly closed: Promise<{ code: number; reason: string }>;
}

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export function onCleanup(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup);
}

export interface Rig {
  readonly gateway: Gateway;
  readonly standIn: StandIn;
  readonly port: number;
  client(name: string, options?: { hello?: boolean; port?: number }): Promise<Peer>;
  runtime(id: string, options?: RuntimePeerOptions): Promise<Peer>;
}

export interface RuntimePeerOptions {
  readonly token?: string;
  readonly header?: boolean;
  readonly hello?: boolean;
  readonly sessions?: readonly { session_id: string; stream: string; next_ordinal: number }[];
  readonly port?: number;
}

/** `?token=<name>` signs in as that user, `admin` as an admin; `bad` is a wrong token. */
function authenticate(request: IncomingMessage): Principal {
  const token = new URL(request.url ?? "/", "http://localhost").searchParams.get("token");
  if (request.headers.origin === "https://evil.example") throw new AppError("FORBIDDEN", "this origin may not connect");
  if (token === null) return ANONYMOUS;
  if (token === "bad") throw new AppError("UNAUTHENTICATED", "the token is wrong");
  return user(token, token === "admin" ? "admin" : "user");
}

/** Wraps an open or opening socket. */
export function peerOf(ws: WebSocket): Peer {
  const frames: Frame[] = [];
  const binary: TerminalFrame[] = [];
  const wakers = new Set<() => void>();
  let over = false;
  ws.on("message", (data, isBinary) => {
    if (isBinary) binary.push(decodeTerminalFrame(data as Buffer));
    else frames.push(JSON.parse(String(data)) as Frame);
    for (const wake of [...wakers]) wake();
  });
  ws.on("error", () => undefined);
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.on("close", (code, reason) => {
      over = true;
      for (const wake of [...wakers]) wake();
      resolve({ code, reason: String(reason) });
    });
  });
  onCleanup(() => ws.terminate());
  function take<T>(from: T[], test: (frame: T) => boolean): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const index = from.findIndex(test);
        if (index < 0 && !over) return;
        wakers.delete(look);
        const [frame] = index < 0 ? [] : from.splice(index, 1);
        if (frame === undefined) reject(new Error("the socket closed without the awaited frame"));
        else resolve(frame);
      };
      wakers.add(look);
      look();
    });
  }
  return {
    ws,
    frames,
    binary,
    closed,
    send: (frame) => ws.send(JSON.stringify(frame)),
    sendBytes: (kind, number, position, payload = "") => ws.send(encodeTerminalFrame(kind, number, position, Buffer.from(payload))),
    next: (fits) => take(frames, typeof fits === "string" ? (frame) => frame.type === fits : fits),
    nextBytes: (kind, fits = () => true) => take(binary, (frame) => frame.kind === kind && fits(frame)),
  };
}

/** Resolves when open, or rejects with the HTTP status of the refusal. */
export function dial(url: string, headers: Record<string, string> = {}): Promise<Peer> {
  const ws = new WebSocket(url, { headers, perMessageDeflate: false });
  const peer = peerOf(ws);
  return new Promise((resolve, reject) => {
    ws.on("open", () => resolve(peer));
    ws.on("unexpected-response", (_request, response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += String(chunk);
      });
      response.on("end", () => reject(Object.assign(new Error(body), { status: response.statusCode, body: JSON.parse(body) as Frame })));
    });
    ws.on("error", reject);
  });
}

export async function startRig(limits: Partial<GatewayLimits> = {}): Promise<Rig> {
  const standIn = createStandIn();
  const log = pino({ level: process.env.TEST_LOG ?? "silent" });
  const gateway = createGateway({ services: standIn.services, bus: standIn.bus, log, authenticate, limits });
  const server = createServer((_request, response) => response.writeHead(404).end());
  server.on("upgrade", (request, socket, head) => {
    if (!gateway.handleUpgrade(request, socket, head)) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  onCleanup(async () => {
    await gateway.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    gateway,
    standIn,
    port,
    async client(name, options = {}) {
      const peer = await dial(`ws://127.0.0.1:${options.port ?? port}/ws/client?token=${name}`);
      if (options.hello === false) return peer;
      peer.send({ type: "client.hello", protocol: [1] });
      await peer.next("hello.ack");
      return peer;
    },
    async runtime(id, options = {}) {
      const token = options.token ?? `secret-${id}`;
      const headers = options.header === true ? { Authorization: `Bearer ${token}` } : undefined;
      const peer = await dial(`ws://127.0.0.1:${options.port ?? port}/ws/runtime`, headers);
      if (options.hello === false) return peer;
      const inHello = options.header === true ? {} : { token };
      peer.send({ type: "runtime.hello", runtime_id: id, endpoints: [], sessions: options.sessions ?? [], ...inHello });
      await peer.next("hello.ack");
      return peer;
    },
  };
}

/** Polls until it is so; fails after `ms`. */
export async function until(fact: () => boolean, ms = 5_000): Promise<void> {
  const end = Date.now() + ms;
  while (!fact()) {
    if (Date.now() > end) throw new Error(`not so within ${ms} ms: ${fact.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

interface RangeView {
  readonly from: number;
  readonly to: number;
  readonly events: readonly { readonly seq: number; readonly text?: string }[];
}

/** Reads ranges of a session until `to`, checks that each follows the one before, and returns the numbers of the events. */
export async function readTo(peer: Peer, options: { session: string; after?: number; to: number }): Promise<number[]> {
  const seqs: number[] = [];
  let sent = options.after ?? 0;
  while (sent < options.to) {
    const range = (await peer.next((frame) => frame.type === "range" && frame.session_id === options.session)) as unknown as RangeView;
    if (range.from !== sent + 1) throw new Error(`range ${range.from}..${range.to} does not follow ${sent}`);
    for (const event of range.events) seqs.push(event.seq);
    sent = range.to;
  }
  return seqs;
}

export function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
