/** All journals of this runtime: one file per session in the data directory, read back whole at the start. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "../log.ts";
import { createJournal, EVENT_MARK, type JournalOptions, openJournal, type SessionJournal } from "./journal.ts";
import {
  foldEvent,
  foldFinished,
  foldGiving,
  foldTaken,
  fromSnapshot,
  type JournalRecord,
  type JournalState,
  journalRecordSchema,
} from "./journal-state.ts";

/** A journal with nothing to send or do that was not written for this long (ms) is deleted: a closed session's, any other's. */
const KEEP_CLOSED_MS = 24 * 3_600_000;
const KEEP_IDLE_MS = 30 * 24 * 3_600_000;
/** Journal files open at the same time; the one opened first is closed when one more is needed. */
const MOST_OPEN_FILES = 128;

export interface JournalStore {
  get(sessionId: string): SessionJournal | undefined;
  /** The session's journal, made if there is none. */
  open(sessionId: string): SessionJournal;
  all(): Iterable<SessionJournal>;
  /** Deletes what is known of a session. */
  remove(sessionId: string): void;
  /** Deletes the journals that nobody needs any more and tells whose they were. */
  prune(now: number): string[];
  close(): void;
}

/** Reads all journals back. Throws when the directory cannot be used; a file that is no journal is set aside with a warning. */
export function openJournalStore(dataDir: string, log: Logger, now = Date.now()): JournalStore {
  const directory = join(dataDir, "sessions");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const journals = new Map<string, SessionJournal>();
  const openFiles = new Set<() => void>();

  function onOpen(release: () => void): void {
    openFiles.delete(release);
    openFiles.add(release);
    if (openFiles.size <= MOST_OPEN_FILES) return;
    for (const oldest of openFiles) {
      openFiles.delete(oldest);
      oldest();
      return;
    }
  }

  const pathOf = (sessionId: string) => join(directory, fileName(sessionId));

  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (!name.endsWith(".jsonl")) {
      if (name.endsWith(".tmp")) rmSync(path, { force: true });
      continue;
    }
    const journal = restoreJournal({ path, log, onOpen });
    if (journal === undefined) {
      log.warn({ path }, "not a journal; ignored");
    } else {
      journals.set(journal.session_id, journal);
    }
  }

  function remove(sessionId: string): void {
    journals.get(sessionId)?.remove();
    journals.delete(sessionId);
  }

  function prune(at: number): string[] {
    const stale = [...journals.values()].filter((journal) => isStale(journal, at - lastWritten(pathOf(journal.session_id))));
    for (const { session_id } of stale) remove(session_id);
    return stale.map(({ session_id }) => session_id);
  }

  prune(now);

  return {
    get: (sessionId) => journals.get(sessionId),
    all: () => journals.values(),
    open(sessionId) {
      const known = journals.get(sessionId);
      if (known !== undefined) return known;
      const journal = createJournal(sessionId, { path: pathOf(sessionId), log, onOpen });
      journals.set(sessionId, journal);
      return journal;
    },
    remove,
    prune,
    close() {
      for (const journal of journals.values()) journal.release();
    },
  };
}

/** When the file last changed (ms since the epoch); one that is not there yet is as new as can be. */
function lastWritten(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
}

function isStale(journal: SessionJournal, age: number): boolean {
  const { pending, open_turn, closed, terminal } = journal.state;
  const quiet = journal.unacked.length === 0 && pending.length === 0 && open_turn === null && terminal?.open !== true;
  return quiet && age > (closed ? KEEP_CLOSED_MS : KEEP_IDLE_MS);
}

/** An id may be longer, once encoded, than a file's name may be; the file itself says whose it is. */
function fileName(sessionId: string): string {
  const encoded = encodeURIComponent(sessionId);
  return `${encoded.length <= 200 ? encoded : createHash("sha256").update(sessionId).digest("hex")}.jsonl`;
}

/**
 * Reads a journal back. A record of an unknown kind is passed over. A last line without its end was never sent and is cut off. A damaged
 * line before the end loses what follows it, and the rest goes out under a new stream id, because the lost numbers may have reached the
 * hub.
 */
function restoreJournal(options: JournalOptions): SessionJournal | undefined {
  const content = readFileSync(options.path);
  const firstEnd = content.indexOf(10);
  const first = firstEnd === -1 ? undefined : parseRecord(content.subarray(0, firstEnd));
  if (first === undefined || !("snapshot" in first)) return undefined;
  const state = fromSnapshot(first.snapshot);
  const unacked: Buffer[] = [];
  let good = firstEnd + 1;
  let damaged = false;
  let unknown = 0;
  for (let end = content.indexOf(10, good); end !== -1 && !damaged; end = content.indexOf(10, good)) {
    const line = content.subarray(good, end);
    const record = parseRecord(line);
    if (record === undefined && isOfUnknownKind(line)) unknown += 1;
    else damaged = record === undefined || !fold(record, line, { state, unacked });
    if (!damaged) good = end + 1;
  }
  if (unknown > 0) options.log.warn({ path: options.path, records: unknown }, "records of a newer version in the journal are passed over");
  const journal = openJournal({ state, unacked, size: good, restored: state.next_ordinal - 1 }, options);
  if (damaged) {
    options.log.error({ path: options.path, byte: good }, "the journal is damaged; what follows the damage is lost");
    journal.restream();
  }
  return journal;
}

/** Folds one record in, which the line holds; false when it is out of order. */
function fold(record: JournalRecord, line: Buffer, { state, unacked }: { state: JournalState; unacked: Buffer[] }): boolean {
  if ("snapshot" in record) return false;
  if ("taken" in record) foldTaken(state, record.taken);
  else if ("finished" in record) foldFinished(state, record.finished);
  else if ("giving" in record) foldGiving(state, record.giving);
  else {
    if (record.ordinal > state.next_ordinal) return false;
    // Events older than the snapshot are there to be sent; the snapshot holds what they amounted to.
    if (record.ordinal === state.next_ordinal) foldEvent(state, record.event);
    const start = line.indexOf(EVENT_MARK) + EVENT_MARK.length;
    unacked.push(Buffer.from(line.subarray(start, line.length - 1)));
  }
  return true;
}

function parseRecord(line: Buffer): JournalRecord | undefined {
  return journalRecordSchema.safeParse(parseJson(line)).data;
}

const KNOWN_KEYS = new Set(journalRecordSchema.options.flatMap(({ shape }) => Object.keys(shape)));

/** Whether a newer version wrote it, which ran here before this one; it says nothing under a name that this one knows. */
function isOfUnknownKind(line: Buffer): boolean {
  const value = parseJson(line);
  return typeof value === "object" && value !== null && !Array.isArray(value) && !Object.keys(value).some((key) => KNOWN_KEYS.has(key));
}

function parseJson(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString("utf8"));
  } catch {
    return undefined;
  }
}
