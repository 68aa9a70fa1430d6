/**
 * How fast the log is, as one line of JSON: by database the events per second through `ingest` from several sessions at once, and
 * in `details` the time of a single append and more, on SQLite and on a Postgres that syncs to disk. `node --import tsx apps/hub/bench/append.ts [sqlite|postgres …]`.
 */
import type { EventDraft } from "@fairlead/protocol";
import { createSession, DIALECTS, type Dialect, posted, seed, startDatabases } from "../test/databases.ts";

const SESSIONS = 20;
const BATCH = 50;
const INGEST_SECONDS = 4;
const SINGLE_APPENDS = 500;

interface Figures {
  readonly ingest_events_per_s: number;
  readonly batched_by: number;
  readonly sessions: number;
  /** One append after the other, in milliseconds. */
  readonly append_p50_ms: number;
  readonly append_p99_ms: number;
  /** Appends per second when 50 wait together. */
  readonly appends_per_s: number;
}

function percentile(sorted: readonly number[], share: number): number {
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 1_000) / 1_000;
}

async function measure(dialect: Dialect): Promise<Figures> {
  const databases = await startDatabases(dialect, { durable: true });
  try {
    const db = await databases.open(await databases.createDsn());
    await seed(db);
    for (let index = 0; index < SESSIONS; index += 1) await createSession(db, `s${index}`);
    // About 500 bytes of JSON once stored, as a piece of an answer is.
    const event: EventDraft = { type: "message.delta", kind: "answer", text: "x".repeat(350), message_id: "answer-1", turn_id: "turn-1" };
    const events = Array.from({ length: BATCH }, () => event);
    const ingest = async (until: number): Promise<number> => {
      const lanes = Array.from({ length: SESSIONS }, async (_, index) => {
        const stream = `stream-${until}`;
        let from = 1;
        while (performance.now() < until) {
          await db.log.ingest({ session_id: `s${index}`, runtime_id: "r1", stream, from, events });
          from += BATCH;
        }
        return from - 1;
      });
      return (await Promise.all(lanes)).reduce((sum, count) => sum + count, 0);
    };
    await ingest(performance.now() + 500);
    const started = performance.now();
    const stored = await ingest(started + INGEST_SECONDS * 1_000);
    const seconds = (performance.now() - started) / 1_000;

    await createSession(db, "single");
    const times: number[] = [];
    for (let index = 0; index < SINGLE_APPENDS; index += 1) {
      const before = performance.now();
      await db.log.append("single", () => ({ drafts: [{ type: "notice", level: "info", text: "one" }], value: 0 }));
      times.push(performance.now() - before);
    }
    times.sort((a, b) => a - b);

    await createSession(db, "many");
    const manyStarted = performance.now();
    for (let round = 0; round < 20; round += 1) {
      const appends = Array.from({ length: 50 }, (_, index) =>
        db.log.append("many", ({ session }) => ({
          drafts: session.state.queue.length < 50 ? [posted(`m${round}-${index}`)] : [{ type: "notice", level: "info", text: "x" }],
          value: 0,
        })),
      );
      await Promise.all(appends);
    }
    const manySeconds = (performance.now() - manyStarted) / 1_000;
    return {
      ingest_events_per_s: Math.round(stored / seconds),
      batched_by: BATCH,
      sessions: SESSIONS,
      append_p50_ms: percentile(times, 0.5),
      append_p99_ms: percentile(times, 0.99),
      appends_per_s: Math.round(1_000 / manySeconds),
    };
  } finally {
    await databases.stop();
  }
}

const asked = process.argv.slice(2);
const rates: Partial<Record<Dialect, number>> = {};
const details: Partial<Record<Dialect, Figures>> = {};
for (const dialect of DIALECTS) {
  if (asked.length > 0 && !asked.includes(dialect)) continue;
  const figures = await measure(dialect);
  rates[dialect] = figures.ingest_events_per_s;
  details[dialect] = figures;
}
process.stdout.write(`${JSON.stringify({ ...rates, details })}\n`);
