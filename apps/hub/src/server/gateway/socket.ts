/** The one wrapper around `ws`: frames in and out, a bounded send queue, heartbeat, dead peers, closing by name. */
import type { Duplex } from "node:stream";
import { AppError, CLOSE, type CloseName, type ErrorCode } from "@fairlead/protocol";
import { WebSocket } from "ws";
import type { GatewayLog } from "./environment.ts";
import type { GatewayLimits } from "./limits.ts";
import { binaryHeader, type HubFrame, textFrame } from "./wire.ts";

/** Whom a refusal answers: a call by its id, a subscription or stream by its session. */
export interface Reference {
  readonly id?: string;
  readonly session_id?: string;
}

export interface GatewaySocket {
  readonly open: boolean;
  /** Bytes handed over that the network has not taken yet. */
  readonly unsent: number;
  /** Whether so much is unsent that nothing more should be handed over before `drained`. */
  readonly lagging: boolean;
  /** When anything last arrived (ms since the epoch). */
  readonly heardAt: number;
  send(frame: HubFrame): void;
  /** Writes a frame made by `textFrame`. */
  sendBytes(bytes: Buffer): void;
  /** Sends a binary frame of these bytes, which are not copied: nobody may change them any more. */
  sendBinary(bytes: Buffer): void;
  /** Sends at once what was to leave at the end of this tick. */
  flush(): void;
  refuse(code: ErrorCode, message: string, reference?: Reference): void;
  /** Resolves when all was sent, or the socket is closed. */
  drained(): Promise<void>;
  /** Stops and restarts reading; silence while stopped by us is no sign of death. */
  pause(): void;
  resume(): void;
  close(name: CloseName, detail?: string): void;
  /** Called every few seconds: sends the heartbeat, closes a dead peer. `now` in milliseconds. */
  tick(now: number): void;
}

export interface SocketOptions {
  readonly ws: ClosingWebSocket;
  readonly stream: Duplex;
  readonly limits: GatewayLimits;
  /** The longest frame that is accepted, in bytes. */
  readonly maxFrameBytes: number;
  readonly now: () => number;
  readonly log: GatewayLog;
  /** A text frame within the limit arrived; `bytes` is its length. */
  readonly onText: (text: string, bytes: number) => void;
  /** A binary frame within the limit arrived; its bytes may be changed. */
  readonly onBytes: (bytes: Buffer) => void;
  /** The socket is closed; called once. */
  readonly onClose: (code: number) => void;
}

const FAULTS: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  1002: ["INVALID_INPUT", "the bytes are not WebSocket frames as RFC 6455 describes them"],
  1007: ["INVALID_INPUT", "a text frame is not UTF-8"],
  1008: ["TOO_LARGE", "a message came in too many pieces"],
  1009: ["TOO_LARGE", "the frame is larger than the limit"],
};

/**
 * `ws` answers broken and oversize frames by itself, at the header and before our code sees them, with `close(code)`. This
 * lets us put an `error` frame in front of that close.
 */
export class ClosingWebSocket extends WebSocket {
  beforeFaultClose: ((code: number) => void) | undefined = undefined;

  override close(code?: number, reason?: string | Buffer): void {
    if (code !== undefined && reason === undefined && this.readyState === WebSocket.OPEN) this.beforeFaultClose?.(code);
    super.close(code, reason);
  }
}

/** Takes over an upgraded socket. */
export function openSocket(options: SocketOptions): GatewaySocket {
  const { ws, stream, limits, maxFrameBytes, now, log } = options;
  let heardAt = now();
  let aliveAt = heardAt;
  let pingedAt = heardAt;
  let pausedByUs = false;
  let backlog = 0;
  let corked = false;
  let waiting: (() => void)[] = [];

  function release(): void {
    const ready = waiting;
    waiting = [];
    for (const resolve of ready) resolve();
  }

  function cutIfFull(): void {
    if (stream.writableLength <= limits.cutBytes) return;
    log.warn({ unsent: stream.writableLength }, "a socket was cut: its peer does not read what it asks for");
    ws.terminate();
  }

  function flush(): void {
    if (!corked) return;
    corked = false;
    stream.uncork();
    cutIfFull();
  }

  /** What is sent in one tick leaves in one system call, right after it: each call costs more than a small frame. */
  function sendBytes(bytes: Buffer): void {
    if (ws.readyState !== WebSocket.OPEN || stream.destroyed) return;
    if (!corked) {
      corked = true;
      stream.cork();
      process.nextTick(flush);
    }
    stream.write(bytes);
  }

  const socket: GatewaySocket = {
    get open() {
      return ws.readyState === WebSocket.OPEN;
    },
    get unsent() {
      return stream.writableLength;
    },
    get lagging() {
      return stream.writableLength > limits.laggingBytes;
    },
    get heardAt() {
      return heardAt;
    },
    send: (frame) => sendBytes(textFrame(JSON.stringify(frame))),
    sendBytes,
    sendBinary(bytes) {
      sendBytes(binaryHeader(bytes.length));
      sendBytes(bytes);
    },
    flush,
    refuse: (code, message, reference = {}) => socket.send({ type: "error", ...reference, code, error: message }),
    drained() {
      if (ws.readyState !== WebSocket.OPEN || stream.writableLength === 0) return Promise.resolve();
      return new Promise((resolve) => waiting.push(resolve));
    },
    pause() {
      pausedByUs = true;
      ws.pause();
    },
    resume() {
      pausedByUs = false;
      aliveAt = now();
      ws.resume();
    },
    close(name, detail) {
      const row = CLOSE[name];
      ws.close(row.code, clip(detail ?? row.reason));
    },
    tick(time) {
      const length = stream.writableLength;
      // A slow peer answers pings late, behind what it is still being sent; that it takes bytes shows that it lives.
      if (pausedByUs || (backlog > 0 && length < backlog)) aliveAt = time;
      backlog = length;
      if (time - Math.max(heardAt, aliveAt) >= limits.silenceLimitMs) {
        socket.close("Silent");
        return;
      }
      if (time - pingedAt < limits.heartbeatMs || ws.readyState !== WebSocket.OPEN) return;
      pingedAt = time;
      ws.ping();
    },
  };

  ws.beforeFaultClose = (code) => {
    const [name, text] = FAULTS[code] ?? (["INVALID_INPUT", "the frame is refused"] as const);
    socket.refuse(name, code === 1009 ? `${text} of ${maxFrameBytes} bytes` : text);
  };
  stream.on("data", () => {
    heardAt = now();
  });
  stream.on("drain", release);
  // `ws` answers pings by itself, also those of a peer that never reads the pongs.
  ws.on("ping", cutIfFull);
  ws.on("message", (data: Buffer, isBinary: boolean) => {
    if (ws.readyState !== WebSocket.OPEN) return;
    if (data.length > maxFrameBytes) {
      socket.refuse("TOO_LARGE", `the frame has ${data.length} bytes; the limit is ${maxFrameBytes}`, referenceOf(data.toString()));
      socket.close("TooBig");
    } else if (isBinary) {
      options.onBytes(data);
    } else {
      options.onText(data.toString(), data.length);
    }
  });
  ws.on("error", (error) => log.debug({ err: error }, "a socket failed"));
  ws.on("close", (code) => {
    release();
    options.onClose(code);
  });
  return socket;
}

/** Finds whom a frame that was refused is about, where it can still be read. */
export function referenceOf(text: string): Reference {
  const { id, session_id } = labelsOf(text);
  return { ...(id === undefined ? {} : { id }), ...(session_id === undefined ? {} : { session_id }) };
}

/** The names on a frame that does not fit its schema, as far as they can be read. */
export function labelsOf(text: string): { readonly type?: string; readonly id?: string; readonly session_id?: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof value !== "object" || value === null) return {};
  const fields = value as Record<string, unknown>;
  const labels = ["type", "id", "session_id"].flatMap((key) => {
    const found = Object.hasOwn(fields, key) ? fields[key] : undefined;
    return typeof found === "string" ? [[key, found.slice(0, 128)]] : [];
  });
  return Object.fromEntries(labels) as ReturnType<typeof labelsOf>;
}

/** What a peer may be told about anything thrown: a refusal as it is, anything else without its text. */
export function refusalOf(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError("INTERNAL", "the hub failed; its log says why", { cause: error });
}

/** A close reason may have 123 bytes. */
function clip(text: string): string {
  return Buffer.byteLength(text) <= 123
    ? text
    : `${Buffer.from(text)
        .subarray(0, 110)
        .toString()
        .replace(/\uFFFD$/, "")}…`;
}
