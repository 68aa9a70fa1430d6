/** Messages a person has sent and the hub has not yet confirmed: kept over reloads, resent in order, never doubled. */
import { AppError, type Attachment, attachmentSchema, byteLength, MAX_MESSAGE_BYTES } from "@fairlead/protocol";
import type { Call } from "./calls.ts";
import { newId } from "./new-id.ts";
import type { LiveSocket } from "./socket.ts";
import { type KeyValueStorage, keysOf } from "./storage.ts";
import { createStore, type ReadableStore } from "./store.ts";

/**
 * `unsent`: waits for the connection. `sending`: the answer is awaited. `acknowledged`: stored by the hub under `seq`.
 * `refused`: the hub said no (`error`); it may be sent again or discarded.
 */
export type OutboxState = "unsent" | "sending" | "acknowledged" | "refused";

export interface OutboxEntry {
  readonly message_id: string;
  readonly session_id: string;
  readonly content: string;
  readonly attachments: readonly Attachment[];
  /** Meant for the running turn. */
  readonly steer: boolean;
  /** This device's clock (ms). */
  readonly created_at: number;
  readonly state: OutboxState;
  /** The number the hub gave it; null until acknowledged. */
  readonly seq: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** What may go with a message. */
export interface MessageExtras {
  /** Files that are uploaded to the session. */
  readonly attachments?: readonly Attachment[];
  /** Into the running turn, if its agent takes more; else it waits for its own. */
  readonly steer?: boolean;
}

export interface Outbox {
  /** Oldest first. */
  readonly entries: ReadableStore<readonly OutboxEntry[]>;
  /** Takes a message and returns its id. Throws AppError: INVALID_INPUT (empty), TOO_LARGE, LIMIT_EXCEEDED (100 wait). */
  add(sessionId: string, content: string, extras?: MessageExtras): string;
  /** Sends a refused message again. */
  retry(messageId: string): void;
  /** Forgets a message that is not being sent; returns whether it did. */
  discard(messageId: string): boolean;
  /** Called when the log shows these messages: nothing needs to be remembered of them. */
  seen(messageIds: ReadonlySet<string>): void;
  close(): void;
}

/** Messages that may wait on a device. */
export const MAX_OUTBOX = 100;
/** Acknowledged messages remembered until the log shows them. */
const MAX_ACKNOWLEDGED = 100;
const PREFIX = "fairlead.outbox.";

interface Stored {
  readonly message_id: string;
  readonly session_id: string;
  readonly content: string;
  readonly attachments: readonly Attachment[];
  readonly steer: boolean;
  readonly created_at: number;
  readonly order: number;
  readonly user_id: string | null;
  readonly error: OutboxEntry["error"];
}

type Item = Stored & { readonly state: OutboxState; readonly seq: number | null };

interface OutboxOptions {
  readonly socket: LiveSocket;
  readonly call: Call;
  readonly storage: KeyValueStorage;
  /** Pause before sending again after a refusal that may pass (ms). */
  readonly retryPause?: number | undefined;
}

export function createOutbox({ socket, call, storage, retryPause = 2_000 }: OutboxOptions): Outbox {
  let items: readonly Item[] = readAll(storage);
  const entries = createStore<readonly OutboxEntry[]>(items.map(show));
  /** Sessions with a message on its way: one at a time keeps their order. */
  const busy = new Set<string>();
  const pauses = new Set<ReturnType<typeof setTimeout>>();
  let closed = false;

  const update = (next: readonly Item[]) => {
    const acknowledged = next.filter((item) => item.state === "acknowledged");
    const forgotten = new Set(acknowledged.slice(0, Math.max(0, acknowledged.length - MAX_ACKNOWLEDGED)));
    items = next.filter((item) => !forgotten.has(item));
    entries.set(items.map(show));
  };
  const patch = (messageId: string, change: Partial<Item>) =>
    update(items.map((item) => (item.message_id === messageId ? { ...item, ...change } : item)));

  const pump = () => {
    const { state, user } = socket.status.get();
    if (closed || state !== "live" || user === null) return;
    const blocked = new Set(busy);
    for (const item of items) {
      if (item.state !== "unsent" || blocked.has(item.session_id)) continue;
      // Somebody else signed in on this device: their account must not send it.
      if (item.user_id !== null && item.user_id !== user.id) continue;
      blocked.add(item.session_id);
      deliver(item).catch(() => busy.delete(item.session_id));
    }
  };

  const deliver = async (item: Item) => {
    busy.add(item.session_id);
    patch(item.message_id, { state: "sending", error: null });
    const { session_id, content, message_id, attachments, steer } = item;
    const files = attachments.length === 0 ? {} : { attachments: attachments.map(({ file_id }) => file_id) };
    try {
      const { seq } = await call("messages.send", { session_id, content, message_id, ...files, ...(steer ? { steer } : {}) });
      storage.removeItem(PREFIX + message_id);
      patch(message_id, { state: "acknowledged", seq });
    } catch (cause) {
      const error = cause instanceof AppError ? cause : new AppError("INTERNAL", String(cause));
      settleFailure(item, error);
      if (passes(error)) await pause(item.session_id);
    }
    busy.delete(item.session_id);
    pump();
  };

  const settleFailure = (item: Item, error: AppError) => {
    const told = { code: error.code, message: error.message };
    if (passes(error)) return patch(item.message_id, { state: "unsent", error: error.code === "UNAVAILABLE" ? null : told });
    patch(item.message_id, { state: "refused", error: told });
    write(storage, { ...item, error: told });
  };

  /** Waits before the next try, but not when the connection is gone: its return is the sign to go on. */
  const pause = (sessionId: string) =>
    new Promise<void>((resolve) => {
      if (closed || socket.status.get().state !== "live") return resolve();
      const timer = setTimeout(() => {
        pauses.delete(timer);
        resolve();
      }, retryPause);
      pauses.add(timer);
      busy.add(sessionId);
    });

  /** Another tab added, sent or discarded a message. */
  const adopt = (event: StorageEvent) => {
    if (event.key === null || !event.key.startsWith(PREFIX)) return;
    const id = event.key.slice(PREFIX.length);
    const known = items.find((item) => item.message_id === id);
    const stored = readOne(storage, event.key);
    if (stored === undefined && known?.state === "unsent") update(items.filter((item) => item !== known));
    if (stored !== undefined && known === undefined) update([...items, stored].sort(inOrder));
    // The tab that took the message sends it first; this one follows only if that tab does not finish.
    const timer = setTimeout(() => {
      pauses.delete(timer);
      pump();
    }, retryPause);
    pauses.add(timer);
  };

  const stopStatus = socket.status.subscribe(pump);
  if (typeof window !== "undefined") window.addEventListener("storage", adopt);
  pump();

  return {
    entries,
    add(sessionId, content, { attachments = [], steer = false } = {}) {
      if (content.length === 0) throw new AppError("INVALID_INPUT", "the message is empty");
      if (byteLength(content) > MAX_MESSAGE_BYTES) throw new AppError("TOO_LARGE", `a message may have ${MAX_MESSAGE_BYTES} bytes`);
      const waiting = items.filter((item) => item.state !== "acknowledged");
      if (waiting.length >= MAX_OUTBOX) throw new AppError("LIMIT_EXCEEDED", `${MAX_OUTBOX} messages wait to be sent already`);
      const now = Date.now();
      const item: Item = {
        message_id: newId(),
        session_id: sessionId,
        content,
        attachments,
        steer,
        created_at: now,
        order: Math.max(now, (items.at(-1)?.order ?? 0) + 1),
        user_id: socket.status.get().user?.id ?? null,
        error: null,
        state: "unsent",
        seq: null,
      };
      write(storage, item);
      update([...items, item]);
      pump();
      return item.message_id;
    },
    retry(messageId) {
      if (items.find((item) => item.message_id === messageId)?.state !== "refused") return;
      patch(messageId, { state: "unsent", error: null });
      pump();
    },
    discard(messageId) {
      const item = items.find((candidate) => candidate.message_id === messageId);
      if (item === undefined || item.state === "sending") return false;
      storage.removeItem(PREFIX + messageId);
      update(items.filter((candidate) => candidate !== item));
      return true;
    },
    seen(messageIds) {
      const known = items.filter((item) => messageIds.has(item.message_id));
      if (known.length === 0) return;
      for (const item of known) storage.removeItem(PREFIX + item.message_id);
      update(items.filter((item) => !known.includes(item)));
    },
    close() {
      closed = true;
      stopStatus();
      for (const timer of pauses) clearTimeout(timer);
      if (typeof window !== "undefined") window.removeEventListener("storage", adopt);
    },
  };
}

/** Whether the same message may be taken later without anybody doing something about it. */
function passes(error: AppError): boolean {
  return error.code === "UNAVAILABLE" || error.code === "INTERNAL" || error.code === "UNAUTHENTICATED";
}

const shown = new WeakMap<Item, OutboxEntry>();

/** The same entry for an item that did not change, so that a screen redraws only those that did. */
function show(item: Item): OutboxEntry {
  const known = shown.get(item);
  if (known !== undefined) return known;
  const { message_id, session_id, content, attachments, steer, created_at, state, seq, error } = item;
  const entry = { message_id, session_id, content, attachments, steer, created_at, state, seq, error };
  shown.set(item, entry);
  return entry;
}

function inOrder(a: Stored, b: Stored): number {
  return a.order - b.order;
}

/** One key per message: two tabs that write at the same time cannot overwrite each other. */
function write(storage: KeyValueStorage, item: Stored): void {
  const { message_id, session_id, content, attachments, steer, created_at, order, user_id, error } = item;
  const stored: Stored = { message_id, session_id, content, attachments, steer, created_at, order, user_id, error };
  try {
    storage.setItem(PREFIX + message_id, JSON.stringify(stored));
  } catch (cause) {
    throw new AppError("LIMIT_EXCEEDED", "this device has no room to keep the message", { cause });
  }
}

function readAll(storage: KeyValueStorage): readonly Item[] {
  return keysOf(storage, PREFIX)
    .map((key) => readOne(storage, key))
    .filter((item) => item !== undefined)
    .sort(inOrder);
}

function readFiles(value: unknown): readonly Attachment[] {
  const files: readonly unknown[] = Array.isArray(value) ? value : [];
  return files.flatMap((file) => attachmentSchema.safeParse(file).data ?? []);
}

function readOne(storage: KeyValueStorage, key: string): Item | undefined {
  try {
    const value = JSON.parse(storage.getItem(key) ?? "null") as Partial<Stored> | null;
    if (typeof value?.message_id !== "string" || typeof value.session_id !== "string" || typeof value.content !== "string")
      return undefined;
    const error = value.error ?? null;
    return {
      message_id: value.message_id,
      session_id: value.session_id,
      content: value.content,
      attachments: readFiles(value.attachments),
      steer: value.steer === true,
      created_at: value.created_at ?? 0,
      order: value.order ?? 0,
      user_id: value.user_id ?? null,
      error,
      state: error === null ? "unsent" : "refused",
      seq: null,
    };
  } catch {
    return undefined;
  }
}
