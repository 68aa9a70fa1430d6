/** The live connection to `/ws/client`: a state machine that dials for ever and says truthfully where it stands. */
import {
  CLOSE,
  type ClientFrame,
  HEARTBEAT_MS,
  type HubToClientFrame,
  hubToClientFrameSchema,
  MAX_CLIENT_FRAME_BYTES,
  mayReconnect,
  PROTOCOL_VERSION,
  rangeFrameSchema,
  SILENCE_LIMIT_MS,
  type User,
} from "@fairlead/protocol";
import { z } from "zod";
import { type Dial, type DialledSocket, dial as dialDefault } from "./dial.ts";
import { createStore, type ReadableStore } from "./store.ts";

/**
 * `offline`: not started or closed. `connecting` → `greeting` → `live`. `waiting`: will dial at `retry_at`.
 * `signed_out`: the hub refused the credentials. `refused`: dialling again would not help (`reason` says why).
 */
export type SocketState = "offline" | "connecting" | "greeting" | "live" | "waiting" | "signed_out" | "refused";

export interface SocketStatus {
  readonly state: SocketState;
  /** When the connection was gained, or the hub was heard last before it was lost (this device's clock, ms): redialling does not move it. */
  readonly since: number;
  /** Whether it was lost with this device's network, as the browser told: no blink that is over in a moment. */
  readonly no_network: boolean;
  /** When it dials again (this device's clock, ms); null unless `waiting`. */
  readonly retry_at: number | null;
  /** Why the last connection ended; null while live. */
  readonly reason: string | null;
  /** Dials since the connection was lost. */
  readonly attempt: number;
  /** The hub's clock minus this device's (ms), as of the last hello or pong. */
  readonly clock_offset: number;
  /** Who the hub takes us for; null before the first hello. */
  readonly user: User | null;
}

export interface SocketOptions {
  /** `ws://host/ws/client`. */
  readonly url: string;
  readonly token?: string | undefined;
  /** A name for the hub's log. */
  readonly name?: string | undefined;
  /** First and longest delay before dialling again (ms). */
  readonly backoff?: { readonly first: number; readonly longest: number } | undefined;
  /** How often the socket looks after itself (ms). */
  readonly tick?: number | undefined;
  /** How long dialling and greeting may take, and the answer to a check after a sleep (ms). */
  readonly patience?: { readonly greeting: number; readonly check: number } | undefined;
  readonly dial?: Dial | undefined;
}

export interface LiveSocket {
  readonly status: ReadableStore<SocketStatus>;
  start(): void;
  /** Closes by choice; `start` opens again. */
  close(): void;
  /** Sends if live; returns whether it did. Throws RangeError for a frame the hub would refuse as too large. */
  send(frame: ClientFrame): boolean;
  /** The same for a binary frame, which its sender keeps small enough. */
  sendBytes(bytes: Uint8Array): boolean;
  onFrame(listener: (frame: HubToClientFrame) => void): () => void;
  /** Every binary frame as it came: bytes of terminals. */
  onBytes(listener: (bytes: Uint8Array) => void): () => void;
  /** Dials at once if waiting; if live, asks the hub for a sign of life and redials without one. */
  check(): void;
}

/** A wall-clock step larger than this between two ticks (ms) means the device slept. */
const SLEEP_GAP = 5_000;

export function createSocket(options: SocketOptions): LiveSocket {
  const backoff = options.backoff ?? { first: 500, longest: 30_000 };
  const patience = options.patience ?? { greeting: 10_000, check: 3_000 };
  const tickEvery = options.tick ?? 1_000;
  const dial = options.dial ?? dialDefault;
  const listeners = new Set<(frame: HubToClientFrame) => void>();
  const byteListeners = new Set<(bytes: Uint8Array) => void>();
  const status = createStore<SocketStatus>({
    state: "offline",
    since: Date.now(),
    no_network: false,
    retry_at: null,
    reason: null,
    attempt: 0,
    clock_offset: 0,
    user: null,
  });

  let socket: DialledSocket | undefined;
  let ticker: ReturnType<typeof setInterval> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let heartbeat = HEARTBEAT_MS;
  let silenceLimit = SILENCE_LIMIT_MS;
  let largest = MAX_CLIENT_FRAME_BYTES;
  let lastTick = 0;
  let lastHeard = 0;
  let lastSent = 0;
  /** A sign of life is due by then; 0: none was asked for. */
  let checkBy = 0;
  let dialledAt = 0;

  const is = (...states: SocketState[]) => states.includes(status.get().state);
  const change = (next: Partial<SocketStatus>) => {
    const before = status.get();
    const turned = next.state !== undefined && (next.state === "live") !== (before.state === "live");
    status.set({ ...before, retry_at: null, ...next, since: turned ? (next.since ?? Date.now()) : before.since });
  };

  const connect = () => {
    clearTimeout(retry);
    socket?.drop();
    dialledAt = Date.now();
    lastHeard = dialledAt;
    checkBy = 0;
    const { attempt } = status.get();
    change({ state: "connecting", attempt: attempt + 1 });
    socket = dial(options.url, options.token, {
      opened() {
        change({ state: "greeting" });
        transmit({ type: "client.hello", protocol: [PROTOCOL_VERSION], ...(options.name === undefined ? {} : { client: options.name }) });
      },
      heard: receive,
      heardBytes: receiveBytes,
      closed: (code, reason) => lost(code, reason === "" ? nameClose(code) : reason),
    });
  };

  const lost = (code: number, reason: string, more: Partial<SocketStatus> = {}) => {
    socket?.drop();
    socket = undefined;
    if (code === CLOSE.Unauthenticated.code) return change({ state: "signed_out", reason });
    if (!mayReconnect(code)) return change({ state: "refused", reason });
    const { attempt } = status.get();
    const ceiling = Math.min(backoff.longest, backoff.first * 2 ** Math.min(Math.max(0, attempt - 1), 20));
    // Half to whole of the ceiling: many clients of a hub that restarts must not all return in the same moment.
    const delay = Math.round(ceiling * (0.5 + Math.random() / 2));
    clearTimeout(retry);
    retry = setTimeout(connect, delay);
    change({ state: "waiting", retry_at: Date.now() + delay, reason, ...more });
  };
  /** Nobody closed it: it was gone already when the hub fell silent. */
  const silent = (reason: string, no_network = false) => lost(CLOSE.Silent.code, reason, { since: lastHeard, no_network });

  /** What was on its way before a check puts its end off; only the answer itself lifts it. */
  const heard = () => {
    lastHeard = Date.now();
    if (checkBy !== 0) checkBy = lastHeard + patience.check;
  };

  const receive = (text: string) => {
    heard();
    const frame = decodeHubFrame(text);
    if (frame === undefined) return;
    if (frame.type === "hello.ack") {
      heartbeat = frame.heartbeat_ms;
      silenceLimit = frame.silence_limit_ms;
      largest = frame.max_frame_bytes;
      change({ state: "live", no_network: false, attempt: 0, reason: null, user: frame.user, clock_offset: frame.now - lastHeard });
    } else if (frame.type === "pong") {
      checkBy = 0;
      const offset = frame.now - lastHeard;
      // Small wobbles of the network are not worth telling every watcher.
      if (Math.abs(offset - status.get().clock_offset) > 1_000) change({ clock_offset: offset });
    }
    for (const listener of [...listeners]) listener(frame);
  };

  const receiveBytes = (bytes: Uint8Array) => {
    heard();
    for (const listener of [...byteListeners]) listener(bytes);
  };

  const transmit = (frame: ClientFrame) => {
    const text = JSON.stringify(frame);
    // At most three bytes of UTF-8 per unit: the exact count is needed only near the limit.
    if (text.length * 3 > largest && new TextEncoder().encode(text).byteLength > largest) {
      throw new RangeError(`the frame is larger than ${largest} bytes`);
    }
    lastSent = Date.now();
    socket?.send(text);
  };

  const check = () => {
    if (is("waiting")) return connect();
    if (!is("live")) return;
    if (checkBy === 0) checkBy = Date.now() + patience.check;
    transmit({ type: "ping" });
  };

  const tick = () => {
    const now = Date.now();
    const slept = now - lastTick > tickEvery + SLEEP_GAP;
    lastTick = now;
    if (is("connecting", "greeting") && now - dialledAt > patience.greeting)
      return lost(CLOSE.HelloTimeout.code, "the hub did not answer in time");
    if (slept) return check();
    if (!is("live")) return;
    if (checkBy !== 0 && now > checkBy) return silent("no answer after a pause");
    if (now - lastHeard > silenceLimit) return silent(CLOSE.Silent.reason);
    if (now - lastSent >= heartbeat) transmit({ type: "ping" });
  };

  const wake = () => check();
  /** A browser that lost its network does not close its sockets. Where the hub is on this device, the next dial finds it. */
  const loseNetwork = () => {
    if (is("connecting", "greeting", "live")) silent("this device has no network", true);
    else if (is("waiting")) change({ no_network: true, retry_at: status.get().retry_at });
  };
  const becameVisible = () => document.visibilityState === "visible" && check();
  const listenToBrowser = (method: "addEventListener" | "removeEventListener") => {
    if (typeof window === "undefined") return;
    window[method]("online", wake);
    window[method]("offline", loseNetwork);
    window[method]("pageshow", wake);
    document[method]("visibilitychange", becameVisible);
  };

  return {
    status,
    start() {
      if (!is("offline", "signed_out", "refused")) return;
      clearInterval(ticker);
      lastTick = Date.now();
      ticker = setInterval(tick, tickEvery);
      listenToBrowser("removeEventListener");
      listenToBrowser("addEventListener");
      change({ attempt: 0 });
      connect();
    },
    close() {
      clearInterval(ticker);
      clearTimeout(retry);
      listenToBrowser("removeEventListener");
      socket?.drop();
      socket = undefined;
      change({ state: "offline", reason: CLOSE.Normal.reason });
    },
    send(frame) {
      if (!is("live")) return false;
      transmit(frame);
      return true;
    },
    sendBytes(bytes) {
      if (!is("live")) return false;
      lastSent = Date.now();
      socket?.send(bytes);
      return true;
    },
    onFrame(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onBytes(listener) {
      byteListeners.add(listener);
      return () => byteListeners.delete(listener);
    },
    check,
  };
}

function nameClose(code: number): string {
  const row = Object.values(CLOSE).find((candidate) => candidate.code === code);
  return row?.reason ?? "the connection broke";
}

/** A range whose events are taken as they are: the hub parsed them, and a type this build does not know must not stop the rest. */
const looseRangeSchema = rangeFrameSchema.omit({ events: true }).extend({ events: z.array(z.custom<HubRange["events"][number]>(isEvent)) });
type HubRange = Extract<HubToClientFrame, { type: "range" }>;

function isEvent(value: unknown): boolean {
  return typeof value === "object" && value !== null && "seq" in value && typeof value.seq === "number" && "type" in value;
}

/** A frame, or undefined for one this build does not know: a newer hub may say more. */
function decodeHubFrame(text: string): HubToClientFrame | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const isRange = typeof value === "object" && value !== null && "type" in value && value.type === "range";
  const parsed = (isRange ? looseRangeSchema : hubToClientFrameSchema).safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
