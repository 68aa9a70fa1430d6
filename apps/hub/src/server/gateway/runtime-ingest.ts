/**
 * Takes a runtime's events to the log: each session's frames in the order they came, one batch under way per session and
 * whatever arrives meanwhile joined into the next, so that a busy session commits in groups and an idle one at once.
 */
import type { AppError } from "@fairlead/protocol";
import type { EventsFrame } from "../services/contract.ts";
import type { GatewayLimits } from "./limits.ts";
import { refusalOf } from "./socket.ts";

export interface Acknowledged {
  readonly session_id: string;
  readonly stream: string;
  readonly ordinal: number;
}

export interface IngestOptions {
  readonly limits: GatewayLimits;
  readonly ingest: (frame: EventsFrame) => Promise<{ ordinal: number }>;
  readonly track: (work: Promise<void>) => void;
  /** Cumulative, at most once a tick per session. */
  readonly onStored: (stored: Acknowledged) => void;
  /** This session's events are refused: they are ignored for the rest of the connection. */
  readonly onRefused: (sessionId: string, error: AppError) => void;
  /** Nothing more is stored on this connection. */
  readonly onFailed: (sessionId: string, error: unknown) => void;
  /** The bytes that wait crossed a mark. */
  readonly onPressure: (high: boolean) => void;
}

export interface Ingest {
  /** `bytes`: the length of the frame. */
  add(frame: EventsFrame, bytes: number): void;
  /** Ignores a session's events from now on. */
  refuse(sessionId: string): void;
  stop(): void;
}

interface Lane {
  running: boolean;
  waiting: { frame: EventsFrame; bytes: number }[];
}

/** Refusals that concern one session and would be the same again; anything else ends the connection. */
const OWN_FAULTS: ReadonlySet<string> = new Set(["FORBIDDEN", "NOT_FOUND", "INVALID_INPUT", "TOO_LARGE"]);

export function createIngest(options: IngestOptions): Ingest {
  const { limits } = options;
  const lanes = new Map<string, Lane>();
  const refused = new Set<string>();
  const stored = new Map<string, Acknowledged>();
  let bytesWaiting = 0;
  let high = false;
  let stopped = false;

  function count(bytes: number): void {
    bytesWaiting += bytes;
    const mark = high ? limits.ingestResumeBytes : limits.ingestPauseBytes;
    if (bytesWaiting > mark === high || stopped) return;
    high = !high;
    options.onPressure(high);
  }

  function acknowledge(entry: Acknowledged): void {
    if (stored.size === 0) setImmediate(tell);
    stored.set(entry.session_id, entry);
  }

  function tell(): void {
    const entries = [...stored.values()];
    stored.clear();
    if (stopped) return;
    for (const entry of entries) options.onStored(entry);
  }

  /** Takes the frames that follow each other without a gap, as one. */
  function nextBatch(lane: Lane): { frame: EventsFrame; bytes: number } | undefined {
    const first = lane.waiting.shift();
    if (first === undefined) return undefined;
    let { bytes } = first;
    let events = first.frame.events;
    for (let next = lane.waiting[0]; next !== undefined; next = lane.waiting[0]) {
      const follows = next.frame.stream === first.frame.stream && next.frame.from === first.frame.from + events.length;
      if (!follows || events.length + next.frame.events.length > limits.ingestBatchEvents) break;
      lane.waiting.shift();
      events = events === first.frame.events ? [...events] : events;
      for (const event of next.frame.events) events.push(event);
      bytes += next.bytes;
    }
    return { frame: { ...first.frame, events }, bytes };
  }

  function drop(sessionId: string): void {
    refused.add(sessionId);
    const lane = lanes.get(sessionId);
    for (const { bytes } of lane?.waiting.splice(0) ?? []) count(-bytes);
  }

  function fail(sessionId: string, error: unknown): void {
    const refusal = refusalOf(error);
    if (OWN_FAULTS.has(refusal.code)) {
      drop(sessionId);
      if (!stopped) options.onRefused(sessionId, refusal);
    } else if (!stopped) {
      options.onFailed(sessionId, error);
      stop();
    }
  }

  async function run(sessionId: string, lane: Lane): Promise<void> {
    lane.running = true;
    for (let batch = nextBatch(lane); batch !== undefined; batch = nextBatch(lane)) {
      try {
        const { ordinal } = await options.ingest(batch.frame);
        acknowledge({ session_id: sessionId, stream: batch.frame.stream, ordinal });
      } catch (error) {
        fail(sessionId, error);
      }
      count(-batch.bytes);
    }
    lanes.delete(sessionId);
  }

  function stop(): void {
    stopped = true;
    for (const lane of lanes.values()) lane.waiting = [];
  }

  return {
    add(frame, bytes) {
      const { session_id: sessionId } = frame;
      if (stopped || refused.has(sessionId)) return;
      const lane = lanes.get(sessionId) ?? { running: false, waiting: [] };
      lanes.set(sessionId, lane);
      lane.waiting.push({ frame, bytes });
      count(bytes);
      if (!lane.running) options.track(run(sessionId, lane));
    },
    refuse: drop,
    stop,
  };
}
