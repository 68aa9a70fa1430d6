/** Every bound of the gateway in one place; tests shorten the times. Sizes are bytes, times milliseconds. */
import {
  HEARTBEAT_MS,
  HELLO_DEADLINE_MS,
  MAX_CLIENT_FRAME_BYTES,
  MAX_RUNTIME_FRAME_BYTES,
  MAX_SOCKETS_PER_USER,
  SILENCE_LIMIT_MS,
} from "@fairlead/protocol";
import type { Allowance } from "./pacing.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

export interface GatewayLimits {
  readonly heartbeatMs: number;
  readonly silenceLimitMs: number;
  readonly helloDeadlineMs: number;
  /** How often sockets are looked at for heartbeat and silence. */
  readonly tickMs: number;
  /** How often the hub looks for itself what hints may have failed to say: heads of sessions, commands of runtimes. */
  readonly recheckMs: number;
  /** How often a client's login is checked. */
  readonly loginCheckMs: number;
  /** How long a socket may take to answer our close before it is cut. */
  readonly closeGraceMs: number;
  /** How long a session without viewers keeps its newest events in memory for one that comes back. */
  readonly lingerMs: number;
  /** Hints of one topic reach a client at most once in this time. */
  readonly hintGapMs: number;
  readonly maxSocketsPerUser: number;
  /** Sockets of runtimes that have not yet proved who they are: in all, and from one address. */
  readonly maxUnprovenSockets: number;
  readonly maxUnprovenPerAddress: number;
  readonly maxClientFrameBytes: number;
  readonly maxRuntimeFrameBytes: number;
  /** Frames above the limit are read up to this many times the limit, so that the refusal can name the call. */
  readonly hardFrameFactor: number;
  readonly maxSubscriptions: number;
  /** Frames a client may send: per second, and at once. */
  readonly framesPerSecond: number;
  readonly frameBurst: number;
  /** Binary frames a client may send: per second and at once, and their bytes. What comes faster is read later, never refused. */
  readonly binaryFrames: Allowance;
  readonly binaryBytes: Allowance;
  /** Calls of one socket that run at the same time, and that may wait. */
  readonly maxRunningCalls: number;
  readonly maxWaitingCalls: number;
  /** Above this much unsent a socket gets no live events any more; it goes on from the log once all was sent. */
  readonly laggingBytes: number;
  /** Above this much unsent no further call of that socket is begun. */
  readonly callPauseBytes: number;
  /** Above this much unsent the socket is cut: it asks without reading the answers. */
  readonly cutBytes: number;
  /** The events one range frame may hold, in bytes of JSON, where several could be joined. */
  readonly rangeBytes: number;
  /** Events a session's memory may hold, in bytes of JSON; their number is the `replay_buffer` of the config. */
  readonly replayBytes: number;
  /** A runtime whose unstored events exceed the first is not read any more until they are below the second. */
  readonly ingestPauseBytes: number;
  readonly ingestResumeBytes: number;
  /** Events of one session stored by one call. */
  readonly ingestBatchEvents: number;
}

export const GATEWAY_LIMITS: GatewayLimits = {
  heartbeatMs: HEARTBEAT_MS,
  silenceLimitMs: SILENCE_LIMIT_MS,
  helloDeadlineMs: HELLO_DEADLINE_MS,
  tickMs: 5_000,
  recheckMs: 5_000,
  loginCheckMs: 60_000,
  closeGraceMs: 2_000,
  lingerMs: 60_000,
  hintGapMs: 250,
  maxSocketsPerUser: MAX_SOCKETS_PER_USER,
  maxUnprovenSockets: 256,
  maxUnprovenPerAddress: 32,
  maxClientFrameBytes: MAX_CLIENT_FRAME_BYTES,
  maxRuntimeFrameBytes: MAX_RUNTIME_FRAME_BYTES,
  hardFrameFactor: 4,
  maxSubscriptions: 50,
  framesPerSecond: 30,
  frameBurst: 60,
  binaryFrames: { perSecond: 400, burst: 800 },
  binaryBytes: { perSecond: MIB, burst: MIB },
  maxRunningCalls: 8,
  maxWaitingCalls: 64,
  laggingBytes: MIB,
  callPauseBytes: 4 * MIB,
  cutBytes: 16 * MIB,
  rangeBytes: 256 * KIB,
  replayBytes: MIB,
  ingestPauseBytes: 4 * MIB,
  ingestResumeBytes: MIB,
  ingestBatchEvents: 5_000,
};
