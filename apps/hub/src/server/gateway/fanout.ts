/**
 * One bus subscription per session, whatever the number of its viewers: a commit becomes one frame, and the same bytes go to
 * all of them. A commit that finds the hub idle is sent in the same tick; those that follow while it was being sent are joined.
 */
import type { Bus, CommittedRange } from "../bus/bus.ts";
import type { Services } from "../services/contract.ts";
import type { GatewayLog } from "./environment.ts";
import type { GatewayLimits } from "./limits.ts";
import { createRecentEvents } from "./recent-events.ts";
import { type EventRange, type Piece, rangePiece } from "./wire.ts";

/** A viewer of one session, as the fan-out sees it. */
export interface Viewer {
  /** Newly committed events, already a frame. */
  offer(piece: Piece): void;
  /** The log is longer than what was offered. */
  wake(): void;
}

export interface Channel {
  /** The newest number known. */
  readonly head: number;
  raise(head: number): void;
  add(viewer: Viewer): void;
  remove(viewer: Viewer): void;
  /** Events from `after` + 1 on, from memory or else from the log; undefined when the log has none. */
  read(after: number): Promise<Piece | undefined>;
}

export interface Fanout {
  /** Opens or shares the session's channel; every call is to be followed by one `release`. */
  hold(sessionId: string): Channel;
  release(sessionId: string): void;
  /** Asks the log for the heads of all viewed sessions and forgets sessions nobody views. One query. */
  recheck(now: number): Promise<void>;
  close(): void;
}

export interface FanoutOptions {
  readonly services: Services;
  readonly bus: Bus;
  readonly log: GatewayLog;
  readonly limits: GatewayLimits;
  /** Newest events held per session. */
  readonly replayBuffer: number;
}

/** Longest rest between two joined sends (ms). */
const MAX_REST_MS = 20;

interface OpenChannel extends Channel {
  wakeAll(): void;
  close(): void;
}

interface Held {
  readonly channel: OpenChannel;
  holds: number;
  /** Whether anybody was ever let in; a channel opened for a refused request leaves at once. */
  viewed: boolean;
  /** Since when nobody holds it (ms since the epoch). */
  idleSince: number | undefined;
}

function openChannel(sessionId: string, options: FanoutOptions): OpenChannel {
  const { services, bus, limits } = options;
  const viewers = new Set<Viewer>();
  const recent = createRecentEvents(options.replayBuffer, limits.replayBytes);
  const reads = new Map<number, Promise<Piece | undefined>>();
  let head = 0;
  let busy = false;
  let rest: NodeJS.Timeout | NodeJS.Immediate | undefined;
  let joined: { from: number; to: number; events: string[]; bytes: number } | undefined;

  function sendOut(range: EventRange): number {
    const began = performance.now();
    const piece = rangePiece(sessionId, head, range);
    for (const viewer of viewers) viewer.offer(piece);
    return performance.now() - began;
  }

  function sendJoined(): number {
    const range = joined;
    joined = undefined;
    return range === undefined ? 0 : sendOut(range);
  }

  /** Rests for as long as the last send took, so that sending never takes more than about half of the time. */
  function restFor(cost: number): void {
    busy = true;
    const next = () => {
      if (joined === undefined) busy = false;
      else restFor(sendJoined());
    };
    rest = cost < 1 ? setImmediate(next) : setTimeout(next, Math.min(MAX_REST_MS, cost));
  }

  function join(range: EventRange): void {
    if (joined !== undefined && joined.to + 1 !== range.from) sendJoined();
    joined ??= { from: range.from, to: range.from - 1, events: [], bytes: 0 };
    for (const text of range.events) {
      joined.events.push(text);
      joined.bytes += text.length;
    }
    joined.to = range.to;
    if (joined.bytes > limits.rangeBytes) sendJoined();
  }

  const leave = bus.subscribe(`session.${sessionId}`, (range: CommittedRange) => {
    recent.push(range);
    head = Math.max(head, range.to);
    if (viewers.size === 0) return;
    if (busy) join(range);
    else restFor(sendOut(range));
  });

  async function readLog(after: number): Promise<Piece | undefined> {
    const page = await services.events.page(sessionId, after);
    head = Math.max(head, page.head, page.to);
    return page.to < page.from ? undefined : rangePiece(sessionId, head, page);
  }

  return {
    get head() {
      return head;
    },
    raise(known) {
      head = Math.max(head, known);
    },
    wakeAll() {
      for (const viewer of viewers) viewer.wake();
    },
    add: (viewer) => void viewers.add(viewer),
    remove: (viewer) => void viewers.delete(viewer),
    async read(after) {
      const held = recent.after(after, limits.rangeBytes);
      if (held !== undefined) return rangePiece(sessionId, head, held);
      // Viewers that resume from the same place share one read.
      const running = reads.get(after);
      if (running !== undefined) return running;
      const read = readLog(after).finally(() => reads.delete(after));
      reads.set(after, read);
      return read;
    },
    close() {
      leave();
      clearImmediate(rest as NodeJS.Immediate);
      clearTimeout(rest as NodeJS.Timeout);
      viewers.clear();
    },
  };
}

/** Holds one channel per session that is or was lately viewed in this process. */
export function createFanout(options: FanoutOptions): Fanout {
  const sessions = new Map<string, Held>();

  function forget(sessionId: string, held: Held): void {
    held.channel.close();
    sessions.delete(sessionId);
  }

  function forgetUnviewed(now: number): void {
    for (const [sessionId, held] of sessions) {
      if (held.holds > 0) continue;
      held.idleSince ??= now;
      if (now - held.idleSince >= options.limits.lingerMs) forget(sessionId, held);
    }
  }

  return {
    hold(sessionId) {
      const held = sessions.get(sessionId) ?? { channel: openChannel(sessionId, options), holds: 0, viewed: false, idleSince: undefined };
      sessions.set(sessionId, held);
      held.holds += 1;
      held.idleSince = undefined;
      return {
        get head() {
          return held.channel.head;
        },
        raise: held.channel.raise,
        read: held.channel.read,
        remove: held.channel.remove,
        add(viewer) {
          held.viewed = true;
          held.channel.add(viewer);
        },
      };
    },
    release(sessionId) {
      const held = sessions.get(sessionId);
      if (held === undefined) return;
      held.holds -= 1;
      if (held.holds === 0 && !held.viewed) forget(sessionId, held);
    },
    async recheck(now) {
      forgetUnviewed(now);
      const viewed = [...sessions].filter(([, held]) => held.holds > 0).map(([sessionId]) => sessionId);
      if (viewed.length === 0) return;
      const heads = await options.services.events.heads(viewed);
      for (const [sessionId, head] of heads) {
        const channel = sessions.get(sessionId)?.channel;
        channel?.raise(head);
        channel?.wakeAll();
      }
    },
    close() {
      for (const [sessionId, held] of sessions) forget(sessionId, held);
    },
  };
}
