/** The runtime's disk for one session: an append-only file of events and commands, written before anything is sent. */
import { randomUUID } from "node:crypto";
import { closeSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import type { RuntimeCommand, RuntimeEvent } from "@fairlead/protocol";
import type { Logger } from "../log.ts";
import {
  emptyState,
  foldEvent,
  foldFinished,
  foldGiving,
  foldTaken,
  type JournalRecord,
  type JournalState,
  type RememberedCommand,
  toSnapshot,
} from "./journal-state.ts";

/** A journal whose acknowledged part is larger than this (bytes), and than what is still needed, is rewritten without it. */
const COMPACT_BUSY = 16 * 1024 * 1024;
/**
 * The same for a journal with nothing left to send, when the rewrite is one short line: while a turn runs, and after it. Replacing a
 * file may wait for the disk (up to 250 ms seen), which many agents that write at once would all feel.
 */
const COMPACT_RUNNING = 1024 * 1024;
const COMPACT_IDLE = 64 * 1024;
/** After a failed write the file is tried again at most this often (ms). */
const RETRY_WRITE_MS = 1_000;

/** Stands between an event's number and its JSON text in a line. */
export const EVENT_MARK = ',"event":';

export interface SessionJournal {
  readonly session_id: string;
  readonly state: Readonly<JournalState>;
  /** JSON texts of the events not acknowledged, in order, as stored and as sent; the first has the number `firstOrdinal()`. */
  readonly unacked: readonly Buffer[];
  unackedBytes(): number;
  firstOrdinal(): number;
  /**
   * Numbers the event and writes it to disk before it returns. When the disk refuses, the event is kept in memory and sent all
   * the same, and the file is written whole as soon as the disk takes it: only a crash before that would lose it.
   */
  append(event: RuntimeEvent): void;
  /** Like `append`, but throws when the disk refuses, and then nothing has happened. */
  appendOrThrow(event: RuntimeEvent): void;
  /** Writes a command down; throws when the disk refuses, and then nothing has happened. */
  take(command: RuntimeCommand): void;
  finish(command: RememberedCommand): void;
  /** Notes that the answer to this approval is given to the agent from now on, before it is. */
  give(approvalId: string): void;
  /** Forgets events up to this number. Returns the bytes freed. */
  acknowledge(ordinal: number): number;
  /**
   * The hub's position at the first hello after a restart. When the hub has numbers that this file never had at the restart, the
   * machine lost the end of the file (a power cut): those numbers must not be used again, so what came since goes out under a
   * new stream. Says whether that happened.
   */
  reconcile(acknowledged: number): boolean;
  /**
   * Begins a new numbering with these events and what is not acknowledged: for a file that lost numbers the hub has already seen,
   * and for a hub that lost numbers this file has already forgotten.
   */
  restream(front?: readonly RuntimeEvent[]): void;
  /** Closes the file until it is needed again. */
  release(): void;
  /** Deletes the file. The journal must not be used any more. */
  remove(): void;
}

export interface JournalOptions {
  readonly path: string;
  readonly log: Logger;
  /** Told when the file was opened, with what closes it again: files of quiet sessions need not stay open. */
  readonly onOpen?: (release: () => void) => void;
}

/** What a journal starts from: nothing, or what was read back from its file (`size`: the good bytes of it). */
export interface JournalContent {
  readonly state: JournalState;
  readonly unacked: Buffer[];
  readonly size: number;
  /** The last number in the file when it was read back. */
  readonly restored?: number;
}

/** A journal that does not exist yet; its file appears with the first record. */
export function createJournal(sessionId: string, options: JournalOptions): SessionJournal {
  return openJournal({ state: emptyState(sessionId, randomUUID()), unacked: [], size: 0 }, options);
}

export function openJournal(content: JournalContent, options: JournalOptions): SessionJournal {
  const { path, log } = options;
  const { state, unacked } = content;
  let bytes = unacked.reduce((sum, json) => sum + json.length, 0);
  let size = content.size;
  let file: number | undefined;
  let failedAt: number | undefined;
  let warned = false;
  let { restored } = content;

  function warn(error: unknown): void {
    if (failedAt === undefined || warned) return;
    warned = true;
    log.error({ err: error, session_id: state.session_id }, "cannot write the journal; going on in memory");
  }

  /** Writes whole lines at the end of the file, or throws and leaves the file as it was. */
  function write(line: Buffer): void {
    if (size === 0 || failedAt !== undefined) rewrite();
    try {
      if (file === undefined) {
        file = openAt(path, size);
        options.onOpen?.(release);
      }
      writeWhole(file, line);
      size += line.length;
    } catch (error) {
      failedAt = performance.now();
      if (file !== undefined) cutBack(file, size);
      throw error;
    }
  }

  /** Replaces the file by a snapshot and the events still to be sent: a crash leaves the old file or the new one, whole. */
  function rewrite(): void {
    if (failedAt !== undefined && performance.now() - failedAt < RETRY_WRITE_MS) throw new Error("the disk refused the last write");
    const lines: Buffer[] = [Buffer.from(`${JSON.stringify({ snapshot: toSnapshot(state) })}\n`)];
    for (const [index, json] of unacked.entries()) lines.push(eventLine(firstOrdinal() + index, json));
    const whole = Buffer.concat(lines);
    const temporary = `${path}.tmp`;
    let replacement: number | undefined;
    try {
      replacement = openSync(temporary, "w", 0o600);
      writeWhole(replacement, whole);
      renameSync(temporary, path);
    } catch (error) {
      failedAt = performance.now();
      if (replacement !== undefined) closeSync(replacement);
      throw error;
    }
    release();
    file = replacement;
    options.onOpen?.(release);
    size = whole.length;
    failedAt = undefined;
    warned = false;
  }

  function release(): void {
    if (file !== undefined) closeSync(file);
    file = undefined;
  }

  function firstOrdinal(): number {
    return state.next_ordinal - unacked.length;
  }

  function keep(event: RuntimeEvent, json: Buffer): void {
    foldEvent(state, event);
    unacked.push(json);
    bytes += json.length;
  }

  function appendOrThrow(event: RuntimeEvent): void {
    const prefix = `{"ordinal":${state.next_ordinal}${EVENT_MARK}`;
    const line = Buffer.from(`${prefix}${JSON.stringify(event)}}\n`);
    write(line);
    keep(event, line.subarray(prefix.length, line.length - 2));
  }

  /** Writes a record that must not keep anything from going on where the disk refuses it. */
  function note(entry: JournalRecord): void {
    try {
      write(Buffer.from(`${JSON.stringify(entry)}\n`));
    } catch (error) {
      warn(error);
    }
  }

  function compactIfWorth(): void {
    const bound = state.open_turn === null ? COMPACT_IDLE : COMPACT_RUNNING;
    const worth = unacked.length === 0 ? size > bound : size - bytes > Math.max(COMPACT_BUSY, bytes);
    if (!worth) return;
    try {
      rewrite();
    } catch (error) {
      log.warn({ err: error, session_id: state.session_id }, "cannot compact the journal");
    }
  }

  function acknowledge(ordinal: number): number {
    const count = Math.min(ordinal - firstOrdinal() + 1, unacked.length);
    if (count <= 0) return 0;
    const freed = unacked.splice(0, count).reduce((sum, json) => sum + json.length, 0);
    bytes -= freed;
    compactIfWorth();
    return freed;
  }

  function restream(front: readonly RuntimeEvent[] = []): void {
    const texts = front.map((event) => Buffer.from(JSON.stringify(event)));
    unacked.unshift(...texts);
    bytes += texts.reduce((sum, json) => sum + json.length, 0);
    state.stream = randomUUID();
    state.next_ordinal = unacked.length + 1;
    restored = undefined;
    size = 0;
    try {
      // At once: a crash after these numbers were sent and before they were on disk would send them again under another stream.
      rewrite();
    } catch (error) {
      warn(error);
    }
  }

  return {
    session_id: state.session_id,
    state,
    unacked,
    unackedBytes: () => bytes,
    firstOrdinal,
    release,
    appendOrThrow,
    append(event) {
      try {
        appendOrThrow(event);
      } catch (error) {
        warn(error);
        keep(event, Buffer.from(JSON.stringify(event)));
      }
    },
    take(command) {
      write(Buffer.from(`${JSON.stringify({ taken: command })}\n`));
      foldTaken(state, command);
    },
    finish(command) {
      note({ finished: command });
      foldFinished(state, command);
    },
    give(approvalId) {
      note({ giving: approvalId });
      foldGiving(state, approvalId);
    },
    acknowledge,
    restream,
    reconcile(acknowledged) {
      const lost = restored !== undefined && acknowledged > restored;
      if (lost && restored !== undefined) {
        acknowledge(restored);
        restream();
      }
      restored = undefined;
      return lost;
    },
    remove() {
      release();
      rmSync(path, { force: true });
    },
  };
}

/** The line of an event whose JSON text is known already. */
function eventLine(ordinal: number, json: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`{"ordinal":${ordinal}${EVENT_MARK}`), json, Buffer.from("}\n")]);
}

/** Opens for appending after the first `size` bytes; a torn end left by a crash is cut off. */
function openAt(path: string, size: number): number {
  const file = openSync(path, "a", 0o600);
  cutBack(file, size);
  return file;
}

function cutBack(file: number, size: number): void {
  try {
    ftruncateSync(file, size);
  } catch {
    // The next write replaces the whole file; until then the torn end is recognised by its missing line end.
  }
}

/** The kernel may take less than asked for, e.g. on a nearly full disk. */
function writeWhole(file: number, data: Buffer): void {
  let done = 0;
  while (done < data.length) done += writeSync(file, data, done);
}
