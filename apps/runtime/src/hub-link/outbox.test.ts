/** Journals and outbox as a state machine: whatever is cut, crashed, torn or acknowledged late, the hub gets all of it once. */
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { decodeFrame, type RuntimeFrame, runtimeFrameSchema } from "@fairlead/protocol";
import fc from "fast-check";
import { pino } from "pino";
import { expect, test } from "vitest";
import { removeDirectory, temporaryDirectory } from "../../test/runtime-harness.ts";
import type { SessionJournal } from "./journal.ts";
import { type JournalStore, openJournalStore } from "./journal-store.ts";
import { createOutbox, type Outbox } from "./outbox.ts";

const log = pino({ level: "silent" });
const SESSIONS = ["a", "b"] as const;
type Session = (typeof SESSIONS)[number];
type EventsFrame = Extract<RuntimeFrame, { type: "events" }>;

/** A runtime that can crash, a network that loses everything in flight, and a hub that stores by ordinal. */
class World {
  readonly directory = temporaryDirectory();
  readonly written: Record<Session, string[]> = { a: [], b: [] };
  readonly hub = new Map<string, { stream: string; ordinal: number; texts: string[] }>();
  gaps = 0;
  private store: JournalStore = openJournalStore(this.directory, log);
  private outbox: Outbox = createOutbox();
  private network: EventsFrame[] = [];
  private callbacks: (() => void)[] = [];
  private buffered = 0;
  private connected = false;
  private counter = 0;

  append(session: Session, size: number): void {
    this.counter += 1;
    const text = `${this.counter}:${"x".repeat(size)}`;
    const journal = this.store.open(session);
    journal.append({ type: "message.delta", kind: "stdout", text, message_id: "m" });
    this.written[session].push(text);
    this.outbox.offer(journal);
  }

  connect(): void {
    this.disconnect();
    this.connected = true;
    for (const journal of this.store.all()) this.outbox.acknowledge(journal, this.storedOf(journal));
    this.outbox.attach(
      {
        max_frame_bytes: 1_048_576,
        buffered: () => this.buffered,
        send: (frame, done) => {
          expect(frame.length).toBeLessThanOrEqual(1_048_576);
          this.buffered += frame.length;
          this.network.push(decodeFrame(runtimeFrameSchema, frame.toString()) as EventsFrame);
          this.callbacks.push(() => {
            this.buffered -= frame.length;
            done();
          });
        },
      },
      this.store.all(),
    );
  }

  disconnect(): void {
    this.connected = false;
    this.network = [];
    this.callbacks = [];
    this.buffered = 0;
    this.outbox.detach();
  }

  /** The hub takes some frames from the network; it acknowledges now, or leaves it to a later one. */
  deliver(count: number, acknowledge: boolean): void {
    for (let index = 0; index < count; index += 1) {
      const frame = this.network.shift();
      this.callbacks.shift()?.();
      if (frame === undefined) return;
      const known = this.hub.get(frame.session_id) ?? { stream: frame.stream, ordinal: 0, texts: [] };
      this.hub.set(frame.session_id, known);
      if (known.stream !== frame.stream) Object.assign(known, { stream: frame.stream, ordinal: 0 });
      for (const [offset, event] of frame.events.entries()) {
        const ordinal = frame.from + offset;
        if (ordinal > known.ordinal + 1) this.gaps += 1;
        if (ordinal !== known.ordinal + 1) continue;
        known.ordinal = ordinal;
        known.texts.push(event.type === "message.delta" ? event.text : event.type);
      }
      if (acknowledge) this.outbox.acknowledge(this.store.open(frame.session_id), known.ordinal);
    }
  }

  /** The process dies; the line it was writing stays unfinished in the file. */
  crash(session: Session, torn: string): void {
    this.disconnect();
    this.store.close();
    const path = join(this.directory, "sessions", `${session}.jsonl`);
    if (existsSync(path)) appendFileSync(path, torn);
    this.store = openJournalStore(this.directory, log);
    this.outbox = createOutbox();
    for (const journal of this.store.all()) this.outbox.offer(journal);
  }

  check(): void {
    expect(this.gaps).toBe(0);
    for (const session of SESSIONS) {
      const stored = this.hub.get(session)?.texts ?? [];
      expect(stored).toEqual(this.written[session].slice(0, stored.length));
    }
  }

  settle(): void {
    if (!this.connected) this.connect();
    // Every acknowledgement that was left to a later one comes in the end.
    for (const journal of this.store.all()) this.outbox.acknowledge(journal, this.storedOf(journal));
    for (let round = 0; round < 10_000 && this.network.length > 0; round += 1) this.deliver(1, true);
    for (const session of SESSIONS) expect(this.hub.get(session)?.texts ?? []).toEqual(this.written[session]);
    expect(this.outbox.unackedBytes()).toBe(0);
    expect(this.gaps).toBe(0);
  }

  end(): void {
    this.store.close();
    removeDirectory(this.directory);
  }

  private storedOf(journal: SessionJournal): number {
    const known = this.hub.get(journal.session_id);
    return known?.stream === journal.state.stream ? known.ordinal : 0;
  }
}

const session = fc.constantFrom(...SESSIONS);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("append" as const), session, size: fc.constantFrom(0, 10, 1_000, 60_000) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("deliver" as const), count: fc.nat(6), acknowledge: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("connect" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("disconnect" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("crash" as const),
      session,
      torn: fc.constantFrom("", "{", '{"ordinal":3,"event":{"ty', "\0\0"),
    }),
  },
);

test("none lost, none doubled, none out of order, at any point of any history", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const world = new World();
      try {
        for (const current of steps) {
          if (current.do === "append") world.append(current.session, current.size);
          else if (current.do === "deliver") world.deliver(current.count, current.acknowledge);
          else if (current.do === "crash") world.crash(current.session, current.torn);
          else world[current.do]();
          world.check();
        }
        world.settle();
      } finally {
        world.end();
      }
    }),
    { numRuns: 150 },
  );
});

function connectedPair() {
  const directory = temporaryDirectory();
  const store = openJournalStore(directory, log);
  const outbox = createOutbox();
  const frames: Buffer[] = [];
  outbox.attach({ max_frame_bytes: 1_048_576, buffered: () => 0, send: (frame) => frames.push(frame) }, []);
  return { directory, store, outbox, frames };
}

test("idle: an event leaves at once and alone; under pressure events are joined", () => {
  const { directory, store, outbox, frames } = connectedPair();
  const journal = store.open("a");
  const append = (size: number) => {
    journal.append({ type: "message.delta", kind: "stdout", text: "x".repeat(size), message_id: "m" });
    outbox.offer(journal);
  };
  append(10);
  expect(frames).toHaveLength(1);
  append(10);
  expect(frames).toHaveLength(2);
  for (let index = 0; index < 100; index += 1) append(10_000);
  expect(frames.length).toBeLessThan(30);
  // The window is full: nothing more leaves before the hub has answered.
  for (let index = 0; index < 200; index += 1) append(10_000);
  const sent = frames.length;
  append(10_000);
  expect(frames).toHaveLength(sent);
  outbox.acknowledge(journal, 200);
  expect(frames.length).toBeGreaterThan(sent);
  for (const frame of frames) expect(frame.length).toBeLessThanOrEqual(256 * 1024 + 200);
  store.close();
  removeDirectory(directory);
});

test("pressure: an agent pauses above 16 MiB and goes on below 8 MiB", async () => {
  const { directory, store, outbox } = connectedPair();
  const journal = store.open("a");
  const text = "x".repeat(60_000);
  let count = 0;
  while (outbox.hasRoom(journal)) {
    journal.append({ type: "message.delta", kind: "stdout", text, message_id: "m" });
    outbox.offer(journal);
    count += 1;
  }
  expect(journal.unackedBytes()).toBeGreaterThan(16 * 1024 * 1024);
  expect(journal.unackedBytes()).toBeLessThan(17 * 1024 * 1024);
  let resumed = false;
  const waiting = outbox.resumed(journal).then(() => {
    resumed = true;
  });
  const step = 15;
  for (let acked = step; acked <= count && !resumed; acked += step) {
    const before = journal.unackedBytes();
    outbox.acknowledge(journal, acked);
    await Promise.resolve();
    await Promise.resolve();
    if (resumed) expect(journal.unackedBytes()).toBeLessThan(8 * 1024 * 1024);
    else expect(before).toBeGreaterThan(8 * 1024 * 1024);
  }
  await waiting;
  store.close();
  removeDirectory(directory);
});

test("a session that is dropped lets its paused agent go", async () => {
  const { directory, store, outbox } = connectedPair();
  const journal = store.open("a");
  while (outbox.hasRoom(journal)) {
    journal.append({ type: "message.delta", kind: "stdout", text: "x".repeat(60_000), message_id: "m" });
    outbox.offer(journal);
  }
  const waiting = outbox.resumed(journal);
  outbox.forget("a");
  await waiting;
  expect(outbox.unackedBytes()).toBe(0);
  await outbox.drained(10);
  store.close();
  removeDirectory(directory);
});
