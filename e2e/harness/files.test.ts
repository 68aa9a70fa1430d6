/** Files that an agent makes, through a real runtime and a real hub that are killed meanwhile: each arrives whole, once, or the log says why not. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, type FileBlock, type LiveSession, openSession } from "@fairlead/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ROOT } from "./programs.ts";
import { until } from "./until.ts";
import { openWorld, type World } from "./world.ts";

/** Hub and runtime are bundled, started, killed and started again (ms). */
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let work: string;
let world: World;

beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), "fairlead-shows-"));
  mkdirSync(join(work, "hub"));
  const command = { command: process.execPath, args: [join(ROOT, "e2e/harness/agents/shows.mjs")], work_dir: work };
  const storage = { driver: "sqlite", dsn: join(work, "hub", "hub.db"), max_file_bytes: 300_000 };
  world = await openWorld({ endpoints: [{ id: "shows", external: command }], storage });
});
afterEach(async () => {
  await world.close();
  rmSync(work, { recursive: true, force: true });
});

const client = () => world.newClient({ direct: true });
const bytesOf = (name: string, size: number) => Buffer.alloc(size, name);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

function file(session: LiveSession, name: string): FileBlock | undefined {
  const blocks = session.store.get().view.blocks.toArray();
  return blocks.filter((block) => block.type === "file").find((block) => block.name === name);
}

const stored = (session: LiveSession, name: string) =>
  until(`${name} lies in the hub`, () => {
    const bytes = file(session, name)?.bytes;
    return bytes?.state === "stored" && bytes.file_id;
  });

async function fetched(from: Client, sessionId: string, fileId: string): Promise<Uint8Array> {
  return new Uint8Array(await (await from.download({ sessionId, fileId })).arrayBuffer());
}

/** What the runtime holds of these bytes. */
const keptAtRuntime = (hash: string) =>
  readdirSync(join(world.dir, "runtime"), { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(hash));

function journals(): string {
  const folder = join(world.dir, "runtime", "data", "sessions");
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("");
}

it("brings a file over while the agent works, keeps the same bytes once, and says what is too large", async () => {
  const mine = client();
  const { id } = await mine.call("sessions.create", { endpoint_id: "shows" });
  const session = openSession(mine, id);
  session.send("now report.txt 200000");
  const fileId = await stored(session, "report.txt");
  expect(sha256(await fetched(mine, id, fileId))).toBe(sha256(bytesOf("report.txt", 200_000)));
  expect(file(session, "report.txt")).toMatchObject({ path: "report.txt", size: 200_000, mime_type: "text/plain" });

  session.send("now report.txt 200000");
  await until(
    "both are told",
    () =>
      session.store
        .get()
        .view.blocks.toArray()
        .filter(({ type }) => type === "turn").length === 2,
  );
  expect(await stored(session, "report.txt")).toBe(fileId);
  expect(readdirSync(join(work, "hub", "files", id))).toEqual([fileId]);

  session.send("now big.txt 300001");
  await until("the large one is told", () => file(session, "big.txt"));
  expect(file(session, "big.txt")?.bytes).toEqual({ state: "missing", reason: "too_large" });
  await until("nothing waits", () => keptAtRuntime(sha256(bytesOf("report.txt", 200_000))).length === 0);
});

it("brings a file over that was made while the hub was dead, after the runtime died too", async () => {
  const mine = client();
  const { id } = await mine.call("sessions.create", { endpoint_id: "shows" });
  const session = openSession(mine, id);
  session.send("later plan.txt 100000");
  await until("the turn runs", () => session.store.get().view.state.turn !== null);
  await world.hub.kill9();
  writeFileSync(join(work, "go"), "");
  const hash = sha256(bytesOf("plan.txt", 100_000));
  await until("the runtime has told of it on its disk", () => journals().includes(hash));
  expect(keptAtRuntime(hash)).toHaveLength(1);
  await world.runtime.kill9();
  await world.hub.start();
  await world.runtime.start();
  const fileId = await stored(session, "plan.txt");
  expect(sha256(await fetched(mine, id, fileId))).toBe(hash);
  const events = (await mine.operations["events.list"]({ session_id: id, limit: 1_000 })).events.map(({ type }) => type);
  expect(events.filter((type) => type.startsWith("file."))).toEqual(["file.produced", "file.stored"]);
  await until("nothing waits", () => keptAtRuntime(hash).length === 0);
});
