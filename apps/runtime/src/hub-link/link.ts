/** The connection to the hub: dials, says hello, keeps the heartbeat and dials again for ever; a small state machine. */
import type { Socket } from "node:net";
import {
  ACCEPTED_VERSIONS,
  CLOSE,
  commonVersion,
  decodeFrame,
  type EndpointOffer,
  HEARTBEAT_MS,
  HELLO_DEADLINE_MS,
  type HubToRuntimeFrame,
  hubToRuntimeFrameSchema,
  MAX_RUNTIME_FRAME_BYTES,
  PRODUCT_VERSION,
  type RuntimeFrame,
  SILENCE_LIMIT_MS,
} from "@fairlead/protocol";
import { WebSocket } from "ws";
import { showAddress } from "../config.ts";
import type { Logger } from "../log.ts";
import { createBackoff } from "./backoff.ts";
import type { Sink } from "./outbox.ts";

export type LinkState = "waiting" | "dialing" | "greeting" | "live" | "stopped";
export type HelloAck = Extract<HubToRuntimeFrame, { type: "hello.ack" }>;
type Position = Extract<RuntimeFrame, { type: "runtime.hello" }>["sessions"][number];

/** A live connection: text frames for events, binary ones for terminals. */
export interface Wire extends Sink {
  sendBytes(frame: Uint8Array, done: () => void): void;
}

export interface LinkOptions {
  readonly url: string;
  readonly token: string;
  readonly tls_skip_verify: boolean;
  readonly reconnect_interval: number;
  readonly max_reconnect_delay: number;
  readonly runtime_id: string;
  readonly name?: string | undefined;
  readonly log: Logger;
  /** Asked at each hello. */
  readonly offers: () => readonly EndpointOffer[];
  readonly positions: () => readonly Position[];
  /** The connection is live: `ack` says what the hub has. */
  readonly onLive: (wire: Wire, ack: HelloAck) => void;
  readonly onDown: () => void;
  readonly onFrame: (frame: HubToRuntimeFrame) => void;
  /** A binary frame: the bytes of a terminal. */
  readonly onBytes: (bytes: Uint8Array) => void;
  /** A frame this version cannot read. */
  readonly onUnreadable: (text: string, error: unknown) => void;
  /** Another runtime with the same id took over; this one must stop. */
  readonly onSuperseded: () => void;
  /** How often the clock is watched and a ping is sent until the hub names its own interval (ms). */
  readonly heartbeat?: number;
  /** The wall clock (ms since the epoch). */
  readonly now?: () => number;
}

export interface Link {
  start(): void;
  /** Sends a frame if the connection is live; says whether it was. */
  send(frame: RuntimeFrame): boolean;
  state(): LinkState;
  stop(): Promise<void>;
}

/** How long the TCP, TLS and WebSocket handshakes may take together (ms). */
const HANDSHAKE_LIMIT_MS = 10_000;

export function createLink(options: LinkOptions): Link {
  const { log, now = Date.now } = options;
  const backoff = createBackoff(options.reconnect_interval, options.max_reconnect_delay);
  const masked = needsMask(options.url);
  const where = showAddress(options.url);
  let state: LinkState = "waiting";
  let socket: WebSocket | undefined;
  let timer: NodeJS.Timeout | undefined;
  let watch: NodeJS.Timeout | undefined;
  let heartbeat = options.heartbeat ?? HEARTBEAT_MS;
  let silenceLimit = SILENCE_LIMIT_MS;
  let lastHeard = 0;
  let lastTick = now();
  let write: Write = () => undefined;

  function dial(): void {
    clearTimeout(timer);
    state = "dialing";
    log.info({ url: where }, "connecting to hub");
    const dialled = new WebSocket(options.url, {
      headers: { authorization: `Bearer ${options.token}` },
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_LIMIT_MS,
      maxPayload: 4 * MAX_RUNTIME_FRAME_BYTES,
      rejectUnauthorized: !options.tls_skip_verify,
      ...(masked ? {} : { generateMask: zeroMask }),
    });
    socket = dialled;
    let reason = "the connection was lost";
    dialled.on("upgrade", (response) => {
      write = joinWrites(dialled, response.socket);
    });
    dialled.on("open", () => {
      if (socket !== dialled) return;
      state = "greeting";
      lastHeard = now();
      timer = setTimeout(() => dialled.terminate(), HELLO_DEADLINE_MS * 2);
      write(JSON.stringify(hello()));
    });
    dialled.on("unexpected-response", (request, response) => {
      const { statusCode, statusMessage } = response;
      request.destroy();
      dialled.terminate();
      const code = statusCode === 401 || statusCode === 403 ? CLOSE.Unauthenticated.code : CLOSE.GoingAway.code;
      ended(dialled, code, `the hub answered ${statusCode ?? "nothing"} ${statusMessage ?? ""}`.trim());
    });
    dialled.on("error", (error) => {
      reason = explain(error);
    });
    dialled.on("close", (code, text) => ended(dialled, code, text.length > 0 ? text.toString("utf8") : reason));
    dialled.on("ping", () => {
      lastHeard = now();
    });
    dialled.on("message", (data, binary) => {
      if (socket !== dialled || state === "stopped") return;
      lastHeard = now();
      if (!binary) receive(dialled, data.toString());
      else if (state === "live") options.onBytes(data as Buffer);
    });
  }

  function hello(): RuntimeFrame {
    return {
      type: "runtime.hello",
      protocol: [...ACCEPTED_VERSIONS],
      runtime_id: options.runtime_id,
      ...(options.name === undefined ? {} : { name: options.name }),
      token: options.token,
      version: PRODUCT_VERSION,
      endpoints: [...options.offers()],
      sessions: [...options.positions()],
    };
  }

  function receive(from: WebSocket, text: string): void {
    let frame: HubToRuntimeFrame;
    try {
      frame = decodeFrame(hubToRuntimeFrameSchema, text);
    } catch (error) {
      options.onUnreadable(text, error);
      return;
    }
    if (frame.type === "hello.ack" && state === "greeting") greeted(from, frame);
    else if (frame.type !== "pong" && state === "live") options.onFrame(frame);
    else if (frame.type === "error") log.error({ code: frame.code }, `the hub refuses: ${frame.error}`);
  }

  function greeted(from: WebSocket, ack: HelloAck): void {
    clearTimeout(timer);
    if (!ack.ok) {
      // The hub closes next, with the code that says whether dialling again helps.
      log.error(`the hub refuses this runtime: ${ack.error ?? "it gave no reason"}`);
      return;
    }
    if (ack.protocol !== undefined && commonVersion([ack.protocol]) === undefined) {
      from.close(CLOSE.VersionMismatch.code, CLOSE.VersionMismatch.reason);
      return;
    }
    state = "live";
    backoff.reset();
    heartbeat = options.heartbeat ?? ack.heartbeat_ms ?? HEARTBEAT_MS;
    silenceLimit = ack.silence_limit_ms ?? SILENCE_LIMIT_MS;
    startWatch();
    log.info({ url: where, epoch: ack.epoch, hub_version: ack.version }, "connected to hub");
    const count = options.offers().length;
    log.info({ count }, `registered endpoints count=${count}`);
    options.onLive(wireOf(from, write, ack.max_frame_bytes ?? MAX_RUNTIME_FRAME_BYTES), ack);
  }

  function ended(which: WebSocket, code: number, reason: string): void {
    if (socket !== which) return;
    socket = undefined;
    clearTimeout(timer);
    const wasLive = state === "live";
    if (wasLive) options.onDown();
    if (state === "stopped") return;
    state = "waiting";
    if (code === CLOSE.Superseded.code) {
      state = "stopped";
      clearInterval(watch);
      log.error("another runtime with the same id connected to the hub; two runtimes must not share one runtime.id");
      options.onSuperseded();
      return;
    }
    const stubborn = code === CLOSE.Unauthenticated.code || code === CLOSE.VersionMismatch.code;
    const delay = stubborn ? options.max_reconnect_delay : backoff.next();
    const say = stubborn ? log.error.bind(log) : log.warn.bind(log);
    say({ code, delay_ms: delay }, `${wasLive ? "disconnected from hub" : "cannot reach the hub"}: ${advise(code, reason)}`);
    timer = setTimeout(dial, delay);
  }

  /** Drops the connection without waiting for a goodbye that may never come. */
  function drop(reason: string): void {
    const dropped = socket;
    if (dropped === undefined) return;
    dropped.terminate();
    ended(dropped, CLOSE.Silent.code, reason);
  }

  function startWatch(): void {
    clearInterval(watch);
    lastTick = now();
    watch = setInterval(tick, heartbeat);
  }

  function tick(): void {
    const passed = now() - lastTick;
    lastTick = now();
    // The machine slept or the process was stopped: what the socket says about itself is out of date.
    if (passed > 2 * heartbeat || passed < 0) {
      log.warn({ passed_ms: passed }, "the clock jumped; connecting anew");
      backoff.reset();
      drop("the clock jumped");
      if (state === "waiting") dial();
      return;
    }
    if (state !== "live") return;
    if (now() - lastHeard > silenceLimit) drop(CLOSE.Silent.reason);
    else write('{"type":"ping"}');
  }

  return {
    start() {
      startWatch();
      dial();
    },
    state: () => state,
    send(frame) {
      if (state !== "live" || socket === undefined) return false;
      write(JSON.stringify(frame));
      return true;
    },
    stop() {
      const open = socket;
      const wasLive = state === "live";
      state = "stopped";
      clearTimeout(timer);
      clearInterval(watch);
      if (open === undefined) return Promise.resolve();
      if (wasLive) options.onDown();
      socket = undefined;
      return closeSoftly(open);
    },
  };
}

/** Says goodbye and waits for the answer for at most a second. */
function closeSoftly(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => socket.terminate(), 1_000);
    socket.once("close", () => {
      clearTimeout(limit);
      resolve();
    });
    if (socket.readyState === WebSocket.OPEN) socket.close(CLOSE.Normal.code, "the runtime stops");
    else socket.terminate();
  });
}

type Write = (frame: string | Uint8Array, how?: { readonly binary?: boolean; readonly done?: () => void }) => void;

/**
 * Sends frames so that all of one tick leave in one system call, right after that tick: a turn's first event and the
 * command's acknowledgement belong together, and each call costs more than the frames.
 */
function joinWrites(socket: WebSocket, wire: Socket): Write {
  let corked = false;
  const uncork = () => {
    corked = false;
    wire.uncork();
  };
  return (frame, { binary = false, done } = {}) => {
    if (!corked) {
      corked = true;
      wire.cork();
      process.nextTick(uncork);
    }
    socket.send(frame, { binary }, done);
  };
}

function wireOf(socket: WebSocket, write: Write, maxFrameBytes: number): Wire {
  return {
    max_frame_bytes: maxFrameBytes,
    buffered: () => socket.bufferedAmount,
    send: (frame, done) => write(frame, { done }),
    sendBytes: (frame, done) => write(frame, { binary: true, done }),
  };
}

/**
 * Masking guards a proxy that reads HTTP on a WebSocket's port against bytes chosen by an attacker. Inside TLS and on this
 * machine there is no such proxy, and masking would cost more than all other work on a large frame; a mask of zeros is free.
 */
function needsMask(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol !== "wss:" && !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

function zeroMask(mask: Buffer): void {
  mask.fill(0);
}

function explain(error: Error): string {
  const code = "code" in error ? error.code : undefined;
  if (code === "ECONNREFUSED") return "connection refused";
  return error.message === "" ? String(code ?? error.name) : error.message;
}

function advise(code: number, reason: string): string {
  if (code === CLOSE.Unauthenticated.code)
    return `${reason}; hub.token must equal the token of this runtime.id in the hub's auth.runtime_tokens`;
  if (code === CLOSE.VersionMismatch.code) return `${reason}; update the hub or the runtime`;
  return reason;
}
