/** Databases for tests: a new one per call, of either kind, with a few rows to hang sessions on. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { EventDraft, SessionEvent } from "@fairlead/protocol";
import type { Bus } from "../src/server/bus/bus.ts";
import { createMemoryBus } from "../src/server/bus/memory-bus.ts";
import type { Decision, DecisionInput, NewCommand } from "../src/server/storage/contract.ts";
import { type Db, openDb } from "../src/server/storage/db.ts";
import { startPostgres, type TestPostgresOptions } from "./postgres.ts";

export const DIALECTS = ["sqlite", "postgres"] as const;
export type Dialect = (typeof DIALECTS)[number];

/** The folder that holds `prisma/`. */
export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

export interface TestDatabases {
  /** Where a new, empty database is. */
  createDsn(): Promise<string>;
  open(dsn: string, bus?: Bus): Promise<Db>;
  /** Closes what was opened here and removes everything. */
  stop(): Promise<void>;
}

/** Starts the server (Postgres) or makes a folder (SQLite). */
export async function startDatabases(dialect: Dialect, options: TestPostgresOptions = {}): Promise<TestDatabases> {
  const folder = mkdtempSync(join(tmpdir(), "test-storage-"));
  const server = dialect === "postgres" ? await startPostgres(options) : undefined;
  const opened: Db[] = [];
  let count = 0;
  return {
    async createDsn() {
      count += 1;
      return server === undefined ? join(folder, `sub-${count}`, "test.db") : await server.createDatabase();
    },
    async open(dsn, bus = createMemoryBus()) {
      const db = await openDb({ driver: dialect, dsn, root: ROOT, bus });
      opened.push(db);
      return db;
    },
    async stop() {
      try {
        for (const db of opened) await db.close();
      } finally {
        await server?.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Two users, two runtimes and one endpoint of the first: what a session refers to. */
export async function seed(db: Db): Promise<void> {
  const createdAt = new Date();
  for (const id of ["u1", "u2"]) {
    await db.prisma.user.create({ data: { id, username: id, usernameLower: id, passwordHash: "-", role: "user", createdAt } });
  }
  for (const id of ["r1", "r2"]) await db.prisma.runtime.create({ data: { id, name: id, createdAt } });
  const capabilities = JSON.stringify({ exec_model: "run-to-completion", turn_completion: true, approvals: false, files: false });
  await db.prisma.endpoint.create({
    data: { id: "e1", runtimeId: "r1", localId: "local-e1", name: "E", profile: "generic-job", capabilities },
  });
}

const by = { id: "u1", name: "u1" };

/** A session of user u1 with endpoint e1 of runtime r1; its log has one event. */
export async function createSession(db: Db, id: string): Promise<void> {
  await db.log.create({ id, user_id: "u1", endpoint_id: "e1", local_endpoint_id: "local-e1", runtime_id: "r1", profile: "generic-job" }, [
    { type: "session.created", endpoint_id: "e1", title: `Title ${id}`, by },
  ]);
}

export function posted(messageId: string, turnId = `turn-${messageId}`): EventDraft {
  return { type: "message.posted", message_id: messageId, content: `content of ${messageId}`, by, turn_id: turnId };
}

export function delta(text: string): EventDraft {
  return { type: "message.delta", kind: "answer", text, message_id: "a1", turn_id: "t1" };
}

export function turnStart(sessionId: string, id: string, expiresAt?: number): NewCommand {
  const command = { id, session_id: sessionId, kind: "turn.start", turn_id: `turn-${id}`, message_id: `m-${id}` } as const;
  return { command: { ...command, endpoint_id: "local-e1", content: "hello", native_id: null }, expires_at: expiresAt };
}

/** A decision that posts a message once, as sending does. */
export function postOnce(messageId: string): (input: DecisionInput) => Decision<number> {
  return ({ posted: known, session }) =>
    known === undefined ? { drafts: [posted(messageId)], value: session.state.seq + 1 } : { drafts: [], value: known.seq };
}

/** The whole log, parsed. */
export async function readAll(db: Db, sessionId: string): Promise<SessionEvent[]> {
  const events: SessionEvent[] = [];
  for (;;) {
    const page = await db.log.read(sessionId, { after_seq: events.length, limit: 500 });
    if (page.events.length === 0) return events;
    events.push(...page.events.map((text) => JSON.parse(text) as SessionEvent));
  }
}

export interface Child {
  readonly process: ChildProcess;
  /** Calls the listener for each line the child prints. */
  onLine(listener: (line: string) => void): void;
  /** Resolves with the exit code (null after a signal) and everything printed to stderr. */
  done(): Promise<{ readonly code: number | null; readonly errors: string }>;
}

/** Starts `storage-child.ts` in a process of its own. */
export function startChild(args: readonly string[]): Child {
  const script = fileURLToPath(new URL("./storage-child.ts", import.meta.url));
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const child = spawn(process.execPath, ["--import", tsx, script, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(child, "close");
  const listeners: ((line: string) => void)[] = [];
  let rest = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) for (const listener of listeners) listener(line);
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    errors += chunk;
  });
  return {
    process: child,
    onLine: (listener) => listeners.push(listener),
    async done() {
      await exited;
      return { code: child.exitCode, errors };
    },
  };
}
