/** One session as a screen or a script holds it: opened at its end, followed live, its older pages fetched on demand. */
import { AppError, type EventPage, type OperationOutput, type SessionEvent } from "@fairlead/protocol";
import type { GivenAnswer } from "./answers.ts";
import type { Client } from "./client.ts";
import type { MessageExtras, OutboxEntry } from "./outbox.ts";
import { emptyView, foldEvents, prependEvents, type SessionView, trimView } from "./session-view.ts";
import { createStore, type ReadableStore } from "./store.ts";
import type { Subscription } from "./subscription.ts";

export interface LiveSessionState {
  /** `loading` until the first page is there. `failed`: the hub refused (`error`), e.g. the session is not ours. */
  readonly phase: "loading" | "ready" | "failed";
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly view: SessionView;
  /** This session's messages that the log does not show yet, oldest first; they belong below `view.waiting`. */
  readonly outgoing: readonly OutboxEntry[];
  /** Whether the view begins before the session's first event would: `loadOlder` brings more. */
  readonly has_older: boolean;
  readonly loading_older: boolean;
  /** Whether the connection is up and everything the hub had is folded in. */
  readonly caught_up: boolean;
}

export interface LiveSession {
  readonly store: ReadableStore<LiveSessionState>;
  /** Puts a message in the outbox and returns its id. Throws AppError (empty, too large, too many waiting). */
  send(content: string, extras?: MessageExtras): string;
  /** Stops the running turn, or the named one. */
  stop(turnId?: string): Promise<OperationOutput<"sessions.stop">>;
  /** Answers what the agent asks; rejects with the hub's refusal, e.g. CONFLICT when somebody was first. */
  answer(approvalId: string, answer: GivenAnswer): Promise<void>;
  /** Fetches the page before the first event; does nothing at the beginning or while one is being fetched. */
  loadOlder(): Promise<void>;
  close(): void;
}

export interface LiveSessionOptions {
  /** Events fetched at first and per older page. */
  readonly page?: number;
  /** Events kept; older ones are forgotten when the view grows beyond it and can be loaded again. */
  readonly most?: number;
}

/** Watchers are told at once, then at most once per frame of a screen (ms). */
const FRAME = 16;
/** A number that no session reaches and every database can hold. */
const AFTER_EVERYTHING = 2_147_483_647;
/** Pages fetched at opening so that messages which wait and questions which are open are on the screen. */
const MOST_OPENING_PAGES = 10;

export function openSession(client: Client, sessionId: string, options: LiveSessionOptions = {}): LiveSession {
  const page = options.page ?? 500;
  const most = options.most ?? 50_000;
  const store = createStore<LiveSessionState>({
    phase: "loading",
    error: null,
    view: emptyView(),
    outgoing: [],
    has_older: false,
    loading_older: false,
    caught_up: false,
  });
  let view = store.get().view;
  let head = 0;
  let closed = false;
  let subscription: Subscription | undefined;
  let toldAt = 0;
  let tellLater: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const outgoing = () =>
    client.outbox.entries.get().filter((entry) => entry.session_id === sessionId && (entry.seq ?? Infinity) > view.last);
  const publish = (change: Partial<LiveSessionState> = {}) => {
    if (closed) return;
    clearTimeout(tellLater);
    tellLater = undefined;
    toldAt = Date.now();
    const next = outgoing();
    const before = store.get();
    const caughtUp = client.socket.status.get().state === "live" && subscription !== undefined && view.last >= head;
    store.set({
      ...before,
      view,
      outgoing: sameEntries(before.outgoing, next) ? before.outgoing : next,
      has_older: view.first > 1,
      caught_up: caughtUp,
      ...change,
    });
  };
  const publishSoon = () => {
    const wait = toldAt + FRAME - Date.now();
    if (wait <= 0) publish();
    else tellLater ??= setTimeout(publish, wait);
  };

  const take = (events: readonly SessionEvent[], newest: number) => {
    head = Math.max(head, newest);
    view = foldEvents(view, events);
    if (view.last - view.first >= most) view = trimView(view, Math.ceil(most * 0.8));
    const posted = new Set(events.flatMap((event) => (event.type === "message.posted" ? [event.message_id] : [])));
    if (posted.size > 0) client.outbox.seen(posted);
    publishSoon();
  };

  const fail = (error: unknown) => {
    const refusal = error instanceof AppError ? error : new AppError("INTERNAL", String(error));
    publish({ phase: "failed", error: { code: refusal.code, message: refusal.message } });
  };

  const pageBefore = (seq: number, include?: "state"): Promise<EventPage> =>
    client.call("events.list", { session_id: sessionId, before_seq: seq, limit: page, ...(include === undefined ? {} : { include }) });

  const open = async () => {
    const opened = await loadEnd();
    if (closed) return;
    view = opened;
    head = Math.max(head, view.last);
    subscription = client.subscribe(
      { session_id: sessionId, after_seq: view.last },
      {
        events: take,
        ready(newest) {
          head = Math.max(head, newest);
          publish();
        },
        refused(error) {
          if (error.code === "CONFLICT") reopen();
          else fail(error);
        },
      },
    );
    publish({ phase: "ready", error: null });
  };

  /** The last page with the state that goes with it, and older ones until what waits for somebody is on the screen. */
  const loadEnd = async (): Promise<SessionView> => {
    const last = await pageBefore(AFTER_EVERYTHING, "state");
    let part = foldEvents(emptyView(last.from - 1, last.state), last.events);
    for (let pages = 1; pages < MOST_OPENING_PAGES && !closed && part.first > 1 && !showsWhatWaits(part); pages += 1) {
      const older = await pageBefore(part.first);
      if (older.events.length === 0) break;
      part = prependEvents(part, older.events);
    }
    return part;
  };

  const begin = () => {
    open().catch((error: unknown) => {
      if (closed) return;
      const passing = error instanceof AppError && (error.code === "UNAVAILABLE" || error.code === "INTERNAL");
      if (!passing) return fail(error);
      retry = setTimeout(begin, 1_000);
    });
  };

  /** What is on the screen is not in the log any more. */
  const reopen = () => {
    subscription = undefined;
    head = 0;
    begin();
  };

  const stopStatus = client.socket.status.subscribe(() => publish());
  const stopOutbox = client.outbox.entries.subscribe(() => publish());
  begin();

  return {
    store,
    send: (content, extras) => client.outbox.add(sessionId, content, extras),
    stop: (turnId) => client.call("sessions.stop", { session_id: sessionId, ...(turnId === undefined ? {} : { turn_id: turnId }) }),
    async answer(approvalId, answer) {
      await client.call("approvals.answer", { session_id: sessionId, approval_id: approvalId, ...answer });
    },
    async loadOlder() {
      const { phase, loading_older } = store.get();
      if (phase !== "ready" || loading_older || view.first <= 1) return;
      publish({ loading_older: true });
      try {
        const older = await pageBefore(view.first);
        view = prependEvents(view, older.events);
      } finally {
        publish({ loading_older: false });
      }
    },
    close() {
      closed = true;
      clearTimeout(tellLater);
      clearTimeout(retry);
      subscription?.close();
      stopStatus();
      stopOutbox();
    },
  };
}

function sameEntries(a: readonly OutboxEntry[], b: readonly OutboxEntry[]): boolean {
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}

/** Whether every waiting message and every open question of the session is among the blocks. */
function showsWhatWaits({ waiting, state, blocks }: SessionView): boolean {
  if (waiting.length < state.queue.length) return false;
  if (state.approvals.length === 0) return true;
  const shown = new Set(blocks.toArray().map((block) => block.id));
  return state.approvals.every(({ approval_id }) => shown.has(`approval:${approval_id}`));
}
