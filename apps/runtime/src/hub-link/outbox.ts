/** Sends what the journals hold and the hub has not acknowledged, in order; says when agents must pause. */
import type { SessionJournal } from "./journal.ts";

/** Of one session: above it everything waits for the hub's acknowledgement (bytes sent and not acknowledged). */
const WINDOW = 1024 * 1024;
/** Of one session: above it events are joined into frames of at least `JOINED` bytes; below it each leaves at once. */
const AT_ONCE = 128 * 1024;
const JOINED = 128 * 1024;
/** Events are joined into frames of at most this (bytes), so that no session's frame keeps another's waiting for long. */
const LARGEST_FRAME = 256 * 1024;
/** Events in one frame (the protocol allows 10,000). */
const MOST_EVENTS = 5_000;
/** Above it (bytes that the socket has not taken) nothing is sent. */
const SOCKET_FULL = 1024 * 1024;

/** Unacknowledged bytes above which agents pause, and below which they go on: of one session, and of all together. */
const PAUSE_AT = 16 * 1024 * 1024;
const RESUME_AT = 8 * 1024 * 1024;
const PAUSE_ALL_AT = 64 * 1024 * 1024;
const RESUME_ALL_AT = 48 * 1024 * 1024;

/** The socket as the outbox sees it. */
export interface Sink {
  /** Hands over one text frame; `done` is called when the operating system has it. */
  send(frame: Buffer, done: () => void): void;
  /** Bytes handed over that the operating system has not taken. */
  buffered(): number;
  /** The largest frame the hub takes (bytes). */
  readonly max_frame_bytes: number;
}

export interface Outbox {
  /** Sends a session's new events, now or as soon as there is room. Called after each append. */
  offer(journal: SessionJournal): void;
  /** A connection is up: everything not acknowledged is sent again from the start. */
  attach(sink: Sink, journals: Iterable<SessionJournal>): void;
  detach(): void;
  /** The hub has stored everything of this stream up to `ordinal`. */
  acknowledge(journal: SessionJournal, ordinal: number): void;
  /** Forgets a session whose journal is gone. */
  forget(sessionId: string): void;
  /** False: the session's agent must pause until `resumed`. */
  hasRoom(journal: SessionJournal): boolean;
  resumed(journal: SessionJournal): Promise<void>;
  /** Resolves when nothing waits for the hub, at the latest after `limit` ms. */
  drained(limit: number): Promise<void>;
  unackedBytes(): number;
}

interface Lane {
  readonly journal: SessionJournal;
  /** The next event to send over this connection. */
  next: number;
  /** Sent over this connection and not acknowledged (bytes). */
  inFlight: number;
  /** Bytes of this journal as counted in the total. */
  counted: number;
  waiters: (() => void)[];
}

export function createOutbox(): Outbox {
  const lanes = new Map<string, Lane>();
  /** Lanes with something not yet sent over this connection, and lanes whose agent is paused. */
  const unsent = new Set<Lane>();
  const paused = new Set<Lane>();
  const drainWaiters = new Set<() => void>();
  let sink: Sink | undefined;
  let total = 0;

  function laneOf(journal: SessionJournal): Lane {
    const known = lanes.get(journal.session_id);
    if (known !== undefined && known.journal === journal) return known;
    const lane: Lane = { journal, next: journal.firstOrdinal(), inFlight: 0, counted: 0, waiters: [] };
    lanes.set(journal.session_id, lane);
    return lane;
  }

  function count(lane: Lane): void {
    const now = lane.journal.unackedBytes();
    total += now - lane.counted;
    lane.counted = now;
  }

  function waiting(lane: Lane): number {
    return lane.counted - lane.inFlight;
  }

  function mayPass(lane: Lane, target: Sink): boolean {
    if (lane.next >= lane.journal.state.next_ordinal || target.buffered() > SOCKET_FULL || lane.inFlight >= WINDOW) return false;
    return lane.inFlight < AT_ONCE || waiting(lane) >= JOINED;
  }

  function pumpLane(lane: Lane): void {
    while (sink !== undefined && mayPass(lane, sink)) sendFrame(lane, sink);
    if (lane.next < lane.journal.state.next_ordinal) unsent.add(lane);
    else unsent.delete(lane);
  }

  /** One frame of each session in turn, so that a flood does not starve the others. */
  function pumpAll(): void {
    for (let busy = true; busy; ) {
      busy = false;
      for (const lane of unsent) {
        if (sink === undefined || !mayPass(lane, sink)) continue;
        sendFrame(lane, sink);
        if (lane.next >= lane.journal.state.next_ordinal) unsent.delete(lane);
        busy = true;
      }
    }
  }

  function sendFrame(lane: Lane, target: Sink): void {
    const { journal } = lane;
    const most = Math.min(LARGEST_FRAME, target.max_frame_bytes);
    const head = `{"type":"events","session_id":"${journal.session_id}","stream":"${journal.state.stream}","from":${lane.next},"events":[`;
    const parts: Buffer[] = [Buffer.from(head)];
    let length = head.length + 2;
    let payload = 0;
    const first = lane.next - journal.firstOrdinal();
    let at = first;
    for (; at < journal.unacked.length && at - first < MOST_EVENTS; at += 1) {
      const json = journal.unacked[at];
      if (json === undefined || (at > first && length + json.length + 1 > most)) break;
      if (at > first) parts.push(COMMA);
      parts.push(json);
      length += json.length + 1;
      payload += json.length;
    }
    parts.push(END);
    lane.next += at - first;
    lane.inFlight += payload;
    target.send(Buffer.concat(parts), () => {
      if (sink === target && unsent.size > 0) pumpAll();
    });
  }

  function hasRoom(journal: SessionJournal): boolean {
    return journal.unackedBytes() <= PAUSE_AT && total <= PAUSE_ALL_AT;
  }

  function wake(): void {
    if (total < RESUME_ALL_AT) {
      for (const lane of paused) {
        if (lane.counted >= RESUME_AT) continue;
        paused.delete(lane);
        for (const resume of lane.waiters.splice(0)) resume();
      }
    }
    if (total === 0) for (const done of [...drainWaiters]) done();
  }

  return {
    hasRoom,
    offer(journal) {
      const lane = laneOf(journal);
      count(lane);
      pumpLane(lane);
    },
    attach(target, journals) {
      sink = target;
      unsent.clear();
      for (const journal of journals) {
        const lane = laneOf(journal);
        lane.next = journal.firstOrdinal();
        lane.inFlight = 0;
        count(lane);
        if (lane.counted > 0) unsent.add(lane);
      }
      pumpAll();
    },
    detach() {
      sink = undefined;
      unsent.clear();
    },
    acknowledge(journal, ordinal) {
      const lane = laneOf(journal);
      const freed = journal.acknowledge(Math.min(ordinal, sink === undefined ? ordinal : lane.next - 1));
      count(lane);
      lane.next = Math.max(lane.next, journal.firstOrdinal());
      lane.inFlight = Math.max(0, lane.inFlight - freed);
      pumpLane(lane);
      wake();
    },
    forget(sessionId) {
      const lane = lanes.get(sessionId);
      if (lane === undefined) return;
      lanes.delete(sessionId);
      unsent.delete(lane);
      paused.delete(lane);
      total -= lane.counted;
      for (const resume of lane.waiters.splice(0)) resume();
      wake();
    },
    resumed(journal) {
      if (hasRoom(journal)) return Promise.resolve();
      const lane = laneOf(journal);
      return new Promise((resolve) => {
        lane.waiters.push(resolve);
        paused.add(lane);
      });
    },
    drained(limit) {
      if (total === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          drainWaiters.delete(done);
          resolve();
        };
        const timer = setTimeout(done, limit);
        drainWaiters.add(done);
      });
    },
    unackedBytes: () => total,
  };
}

const COMMA = Buffer.from(",");
const END = Buffer.from("]}");
