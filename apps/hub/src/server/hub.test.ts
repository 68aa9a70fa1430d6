/** Starting and stopping: a port in use, requests and sockets under way, and the entry as a process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CLOSE } from "@fairlead/protocol";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { ADMIN, ROOT, startHub } from "../../test/running-hub.ts";

const HUB = join(ROOT, "apps/hub");

it("says its start in three lines", async () => {
  const hub = await startHub();
  await hub.close();
  const said = hub.lines.map((line) => (JSON.parse(line) as { msg: string }).msg).filter((msg) => !msg.startsWith("operation"));
  expect(said).toEqual(["hub starting", "first admin created", "storage initialized", "hub listening", "hub stopped"]);
});

it("keeps its database to the user it runs as", async () => {
  const folder = join(mkdtempSync(join(tmpdir(), "fairlead-modes-")), "data");
  const hub = await startHub({ folder });
  const modes = ["", "hub.db", "hub.db-wal", "hub.db-shm"].map((name) => (statSync(join(folder, name)).mode & 0o777).toString(8));
  expect(modes).toEqual(["700", "600", "600", "600"]);
  await hub.close();
  rmSync(dirname(folder), { recursive: true, force: true });
});

it("refuses a port in use with what to do, touches no database, and leaves the first hub alone", async () => {
  const hub = await startHub();
  const folder = mkdtempSync(join(tmpdir(), "fairlead-second-"));
  const { host } = new URL(hub.url);
  await expect(startHub({ server: { addr: host }, folder })).rejects.toThrow(/address already in use: 127\.0\.0\.1/);

  const file = join(folder, "hub.json");
  writeFileSync(
    file,
    JSON.stringify({
      ...hub.config,
      server: { addr: host },
      storage: { dsn: join(folder, "hub.db") },
      session: {},
      auth: { jwt_secret: hub.config.auth.jwt_secret },
    }),
  );
  const { code, output } = await runEntry(["-config", file]);
  expect(output).toMatch(/address already in use/);
  expect(code).toBe(1);
  expect(output).not.toMatch(/storage initialized/);
  expect(await hub.call("/readyz")).toMatchObject({ status: 200 });
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
});

it("exits with 1 and one clear message for a file it cannot run with", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bad-"));
  const file = join(folder, "hub.json");
  writeFileSync(file, JSON.stringify({ server: { addr: ":8080" }, auth: { jwt_secret: "local-dev-secret-for-testing-only-32chars!" } }));
  const { code, output } = await runEntry(["-config", file]);
  expect(code).toBe(1);
  expect(output).toMatch(/the hub does not start[\s\S]*jwt_secret/);
  expect(output).not.toMatch(/\n\s+at /);
  rmSync(folder, { recursive: true, force: true });
});

it("closes with GoingAway, finishes requests under way, and takes no new ones", async () => {
  const hub = await startHub();
  const token = await hub.signIn();
  const socket = new WebSocket(`${hub.url.replace("http", "ws")}/ws/client`, { headers: { authorization: `Bearer ${token}` } });
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "client.hello", protocol: [1] }));
  await once(socket, "message");
  const idle = connect(Number(new URL(hub.url).port), "127.0.0.1");
  await once(idle, "connect");
  const goodbye = once(socket, "close");
  // "Continue" says that the hub has begun with this request; its body comes when the hub is closing.
  const body = JSON.stringify(ADMIN);
  const underWay = request(`${hub.url}/api/auth/login`, {
    method: "POST",
    agent: false,
    headers: { expect: "100-continue", "content-length": body.length },
  });
  underWay.flushHeaders();
  await once(underWay, "continue");
  const closed = hub.close();
  const answered = once(underWay, "response");
  expect((await goodbye)[0]).toBe(CLOSE.GoingAway.code);
  underWay.end(body);
  const [answer] = (await answered) as [IncomingMessage];
  expect(answer.statusCode).toBe(200);
  answer.resume();
  await closed;
  await expect(hub.call("/healthz")).rejects.toThrow();
  idle.destroy();
});

it("may be closed twice", async () => {
  const hub = await startHub();
  await Promise.all([hub.close(), hub.close()]);
});

async function runEntry(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ["--import", "tsx", join(HUB, "server.ts"), ...args], { cwd: ROOT });
  const parts: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => void parts.push(part.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output: parts.join("") };
}
