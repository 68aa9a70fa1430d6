/** Follows a session's log: every event after a position, in order, exactly once, whatever happens to the connection. */
import { AppError, ERRORS, type RangeFrame, type SessionEvent } from "@fairlead/protocol";
import type { LiveSocket } from "./socket.ts";

export interface SubscriptionListener {
  /** One frame's events, in order; `head` is the newest number the hub knew. */
  events(events: readonly SessionEvent[], head: number): void;
  /** The subscription stands (again); everything up to `head` is on its way. */
  ready?(head: number): void;
  /** The hub refused for good, e.g. NOT_FOUND, or its log was cut back (CONFLICT, a restored backup); nothing more will come. */
  refused?(error: AppError): void;
}

export interface Subscription {
  /** The last number delivered. */
  readonly covered: number;
  close(): void;
}

/** Pause before asking again after a refusal that may pass (ms). */
const RETRY_PAUSE = 2_000;

export interface SessionPosition {
  readonly session_id: string;
  /** The last number the listener has already. */
  readonly after_seq: number;
}

export type Subscribe = (session: SessionPosition, listener: SubscriptionListener) => Subscription;

/** Subscriptions over one socket. Several may follow the same session; the hub is told when the last of them ends. */
export function createSubscriptions(socket: LiveSocket): Subscribe {
  const followers = new Map<string, number>();
  const count = (sessionId: string, change: number) => {
    const left = (followers.get(sessionId) ?? 0) + change;
    if (left > 0) followers.set(sessionId, left);
    else followers.delete(sessionId);
    return left;
  };
  return (session, listener) => {
    count(session.session_id, 1);
    return follow({ socket, session, ended: () => count(session.session_id, -1) === 0 }, listener);
  };
}

interface Following {
  readonly socket: LiveSocket;
  readonly session: SessionPosition;
  /** Called once; says whether nobody else follows this session. */
  ended(): boolean;
}

function follow({ socket, session, ended }: Following, listener: SubscriptionListener): Subscription {
  const { session_id } = session;
  let covered = session.after_seq;
  let closed = false;
  /** Asked, and not yet answered: ranges with a gap still belong to what was asked before. */
  let asked = false;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const ask = () => {
    if (closed) return;
    asked = socket.send({ type: "client.subscribe", session_id, after_seq: covered });
  };

  const take = (range: RangeFrame) => {
    if (range.to <= covered) return;
    if (range.from > covered + 1) {
      if (!asked) ask();
      return;
    }
    const events = range.from === covered + 1 ? range.events : range.events.filter((event) => event.seq > covered);
    covered = range.to;
    listener.events(events, range.head);
  };

  const close = () => {
    closed = true;
    clearTimeout(retry);
    stopFrames();
    stopStatus();
    return ended();
  };

  const refuse = (error: AppError) => {
    asked = false;
    if (ERRORS[error.code].retryable) {
      clearTimeout(retry);
      retry = setTimeout(ask, RETRY_PAUSE);
      return;
    }
    close();
    listener.refused?.(error);
  };

  const stopFrames = socket.onFrame((frame) => {
    // A "hello.ack" is a new connection, which knows nothing of what the old one was asked.
    if (frame.type === "hello.ack") return ask();
    if (!("session_id" in frame) || frame.session_id !== session_id) return;
    if (frame.type === "range") take(frame);
    else if (frame.type === "subscribed") {
      asked = false;
      // What was delivered is no longer in the log, and its numbers will be given out again.
      if (frame.head < covered) refuse(new AppError("CONFLICT", "the hub's log is shorter than it was; read it again from its beginning"));
      else listener.ready?.(frame.head);
    } else if (frame.type === "error") refuse(new AppError(frame.code, frame.error));
  });
  const stopStatus = socket.status.subscribe(() => {
    if (socket.status.get().state !== "live") asked = false;
  });
  ask();

  return {
    get covered() {
      return covered;
    },
    close() {
      if (closed) return;
      if (close()) socket.send({ type: "client.unsubscribe", session_id });
    },
  };
}
