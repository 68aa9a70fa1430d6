/** Answers to approvals on their way to the hub: one per question, held while the hub is away, and taken back until they leave. */
import { AppError, type OperationInput } from "@fairlead/protocol";
import type { Call } from "./calls.ts";
import type { LiveSocket } from "./socket.ts";
import { type KeyValueStorage, keysOf } from "./storage.ts";
import { createStore, type ReadableStore } from "./store.ts";

/** What a person chose. `input_hash`: what they saw; the hub refuses the answer if the agent asks for something else by then. */
export type GivenAnswer = Omit<OperationInput<"approvals.answer">, "session_id" | "approval_id">;

export interface AskPlace {
  readonly session_id: string;
  readonly approval_id: string;
}

/**
 * `waiting`: for the connection. `sending`: the hub's word is awaited. `accepted`: the hub has it; the log will show it.
 * `refused`: the hub said no (`error`), with CONFLICT because the question was closed first.
 */
export type AnswerState = "waiting" | "sending" | "accepted" | "refused";

export interface AnswerEntry extends AskPlace {
  readonly answer: GivenAnswer;
  readonly state: AnswerState;
  /** The connection broke while it was on its way: it may have arrived, and cannot be taken back. */
  readonly unsure: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface Answers {
  readonly entries: ReadableStore<readonly AnswerEntry[]>;
  /** Takes an answer; returns false, and does nothing, if one to this question is already on its way. */
  give(place: AskPlace, answer: GivenAnswer): boolean;
  /** Forgets an answer that has certainly not left this device; returns whether it did. */
  takeBack(place: AskPlace): boolean;
  /** Forgets what became of an answer. */
  forget(place: AskPlace): void;
  close(): void;
}

/** Settled answers remembered. */
const MAX_SETTLED = 100;
/** Answers that may wait. */
const MAX_WAITING = 100;
const PREFIX = "fairlead.answer.";

type Item = AnswerEntry & { readonly user_id: string | null };

interface AnswersOptions {
  readonly socket: LiveSocket;
  readonly call: Call;
  /** Of one tab only: two tabs must not both hold the same answer, or taking it back in one would not be the truth. */
  readonly storage: KeyValueStorage;
  /** Pause before sending again after a refusal that may pass (ms). */
  readonly retryPause?: number | undefined;
}

export function createAnswers({ socket, call, storage, retryPause = 2_000 }: AnswersOptions): Answers {
  const entries = createStore<readonly Item[]>(readAll(storage));
  let retry: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const find = (place: AskPlace) => entries.get().find((item) => isAt(item, place));
  const put = (item: Item) => {
    const others = entries.get().filter((other) => !isAt(other, item));
    const settled = others.filter((other) => other.state === "accepted" || other.state === "refused");
    const dropped = new Set(settled.slice(0, Math.max(0, settled.length - MAX_SETTLED)));
    entries.set([...others.filter((other) => !dropped.has(other)), item]);
    if (item.state === "accepted" || item.state === "refused") storage.removeItem(keyOf(item));
    else write(storage, item);
  };
  const remove = (place: AskPlace) => {
    storage.removeItem(keyOf(place));
    entries.set(entries.get().filter((item) => !isAt(item, place)));
  };

  const pump = () => {
    const { state, user } = socket.status.get();
    if (closed || state !== "live" || user === null) return;
    for (const item of entries.get()) {
      if (item.state !== "waiting") continue;
      // Somebody else signed in on this device: their account must not answer.
      if (item.user_id !== null && item.user_id !== user.id) remove(item);
      else deliver(item).catch(() => undefined);
    }
  };

  const deliver = async (item: Item) => {
    put({ ...item, state: "sending" });
    const { session_id, approval_id, answer } = item;
    try {
      await call("approvals.answer", { session_id, approval_id, ...answer });
      put({ ...item, state: "accepted" });
    } catch (cause) {
      const error = cause instanceof AppError ? cause : new AppError("INTERNAL", String(cause));
      if (!passes(error)) return put({ ...item, state: "refused", error: { code: error.code, message: error.message } });
      put({ ...item, state: "waiting", unsure: true });
      clearTimeout(retry);
      if (!closed) retry = setTimeout(pump, retryPause);
    }
  };

  const stopStatus = socket.status.subscribe(pump);
  pump();

  return {
    entries,
    give(place, answer) {
      const known = find(place);
      if (known !== undefined && known.state !== "refused") return false;
      if (entries.get().filter((item) => item.state === "waiting").length >= MAX_WAITING) return false;
      const { session_id, approval_id } = place;
      const user_id = socket.status.get().user?.id ?? null;
      put({ session_id, approval_id, answer, state: "waiting", unsure: false, error: null, user_id });
      pump();
      return true;
    },
    takeBack(place) {
      const known = find(place);
      if (known?.state !== "waiting" || known.unsure) return false;
      remove(place);
      return true;
    },
    forget(place) {
      const known = find(place);
      if (known?.state === "accepted" || known?.state === "refused") remove(place);
    },
    close() {
      closed = true;
      clearTimeout(retry);
      stopStatus();
    },
  };
}

/** Whether the same answer may be taken later without anybody doing something about it. */
function passes(error: AppError): boolean {
  return error.code === "UNAVAILABLE" || error.code === "INTERNAL" || error.code === "UNAUTHENTICATED" || error.code === "LIMIT_EXCEEDED";
}

function isAt(item: AskPlace, place: AskPlace): boolean {
  return item.approval_id === place.approval_id && item.session_id === place.session_id;
}

function keyOf({ session_id, approval_id }: AskPlace): string {
  return `${PREFIX}${session_id}.${approval_id}`;
}

/** A device without room still sends the answer; it only does not survive a reload. */
function write(storage: KeyValueStorage, { session_id, approval_id, answer, unsure, state, user_id }: Item): void {
  try {
    const item = { session_id, approval_id, answer, unsure: unsure || state === "sending", user_id };
    storage.setItem(keyOf({ session_id, approval_id }), JSON.stringify(item));
  } catch {
    storage.removeItem(keyOf({ session_id, approval_id }));
  }
}

function readAll(storage: KeyValueStorage): readonly Item[] {
  return keysOf(storage, PREFIX)
    .map((key) => readOne(storage, key))
    .filter((item) => item !== undefined);
}

function readOne(storage: KeyValueStorage, key: string): Item | undefined {
  try {
    const { session_id, approval_id, answer, unsure, user_id } = JSON.parse(storage.getItem(key) ?? "null") as Partial<Item>;
    if (typeof session_id !== "string" || typeof approval_id !== "string" || typeof answer?.option_id !== "string") return undefined;
    return { session_id, approval_id, answer, unsure: unsure === true, user_id: user_id ?? null, state: "waiting", error: null };
  } catch {
    return undefined;
  }
}
