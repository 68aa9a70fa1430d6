/** The link under each failure it must survive, against a real WebSocket server. */
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Harness, shape, turnStart } from "../../test/runtime-harness.ts";
import { dataDir, hub, launch, renewHub, renewWorld, stop } from "../../test/runtime-world.ts";
import { until } from "../../test/test-hub.ts";

renewWorld();

const isLive = ({ runtime }: Harness) => runtime.link.state() === "live";

test("says the promised lines and offers its endpoints", async () => {
  const harness = await launch();
  await until("live", () => isLive(harness));
  const said = harness.lines.map(({ msg }) => msg);
  expect(said).toContain("connecting to hub");
  expect(said).toContain("connected to hub");
  expect(harness.lines.find(({ msg }) => msg === "registered endpoints count=2")).toMatchObject({ count: 2 });
  expect(hub.offers().map(({ id }) => id)).toEqual(["one", "two"]);
});

test("disconnect: dials again and sends what the hub has not seen, once", async () => {
  const harness = await launch();
  await until("live", () => isLive(harness));
  hub.command(turnStart("s", "echo first"));
  await until("first turn", () => hub.events("s").length === 3);
  hub.cut();
  await until("down", () => !isLive(harness));
  harness.agents.say("s", { type: "message.delta", kind: "stdout", text: "while away" });
  await until("live again", () => isLive(harness));
  await until("late output", () => hub.events("s").length === 4);
  expect(shape(hub.events("s"))).toEqual(["turn.started", "answer:first", "completed:end_turn", "stdout:while away"]);
  expect(hub.gaps()).toBe(0);
});

test("refused connection: says so, keeps trying, and connects when the hub comes up", async () => {
  const port = Number(new URL(hub.url).port);
  await hub.stop();
  const harness = await launch();
  await until("three refusals", () => harness.lines.filter(({ msg }) => msg.includes("connection refused")).length >= 3);
  await renewHub({ port });
  await until("live", () => isLive(harness));
});

test("half-open: a hub that no longer answers is given up after the silence limit", async () => {
  await hub.stop();
  // Only here: with heartbeats this short, a busy machine's pauses look like a machine's sleep, and the link dials anew.
  await renewHub({ heartbeat_ms: 200, silence_limit_ms: 500 });
  const harness = await launch();
  await until("live", () => isLive(harness));
  hub.deaf = true;
  await until("down", () => harness.lines.some(({ msg }) => msg.includes("nothing was heard for too long")));
  hub.deaf = false;
  await until("live again", () => isLive(harness) && hub.connections() > 1);
});

test("half-open from the start: a server that never answers the hello is given up", { timeout: 30_000 }, async () => {
  const sockets = new Set<Socket>();
  const mute = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await until("listening", () => mute.listening);
  const { port } = mute.address() as { port: number };
  const harness = await launch({ hub: { url: `ws://127.0.0.1:${port}/ws/runtime`, token: "t" } });
  await until("gives up", () => harness.lines.some(({ msg }) => msg.startsWith("cannot reach the hub")), 20_000);
  expect(harness.runtime.link.state()).not.toBe("live");
  for (const socket of sockets) socket.destroy();
  mute.close();
});

test("wrong token: told clearly, tried again at the longest delay", async () => {
  const harness = await launch({ hub: { url: hub.url, token: "wrong" } });
  await until("two refusals", () => harness.lines.filter(({ code, delay_ms }) => code === 4401 && delay_ms === 100).length >= 2);
  expect(harness.lines.some(({ msg }) => msg.includes("hub.token must equal the token"))).toBe(true);
  expect(harness.fatal).toEqual([]);
});

test("a token refused at the upgrade is a wrong token too; any other answer is an outage", async () => {
  const { createServer: createHttpServer } = await import("node:http");
  let status = 401;
  const server = createHttpServer().on("upgrade", (_request, socket) => {
    socket.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\n\r\n`);
  });
  server.listen(0, "127.0.0.1");
  await until("listening", () => server.listening);
  const { port } = server.address() as { port: number };
  const harness = await launch({ hub: { url: `ws://127.0.0.1:${port}/ws/runtime`, token: "t" } });
  await until("refused", () => harness.lines.some(({ code, delay_ms }) => code === 4401 && delay_ms === 100));
  status = 503;
  await until("out of order", () => harness.lines.some(({ msg }) => msg.includes("the hub answered 503")));
  server.close();
});

test("version mismatch: told clearly, tried again at the longest delay", async () => {
  hub.refuse = "VersionMismatch";
  const harness = await launch();
  await until("refused", () => harness.lines.some(({ code, delay_ms }) => code === 4426 && delay_ms === 100));
  hub.refuse = undefined;
  await until("live", () => isLive(harness));
});

test("superseded: does not dial again and ends the runtime", async () => {
  const harness = await launch();
  await until("live", () => isLive(harness));
  hub.close("Superseded");
  await until("fatal", () => harness.fatal.length === 1);
  expect(harness.runtime.link.state()).toBe("stopped");
  expect(hub.connections()).toBe(1);
});

test("gap: a hub that misses a number closes, and gets everything again", async () => {
  const harness = await launch();
  await until("live", () => isLive(harness));
  hub.command(turnStart("s", "echo one"));
  await until("stored", () => hub.events("s").length === 3);
  hub.close("OrdinalGap");
  await until("connected anew", () => hub.connections() === 2 && isLive(harness));
  hub.command(turnStart("s", "echo two"));
  await until("stored", () => hub.events("s").length === 6);
  expect(hub.gaps()).toBe(0);
});

test("wall-clock gap: connects anew at once although the socket still looks well", async () => {
  let jump = 0;
  const harness = await launch({ now: () => Date.now() + jump, heartbeat: 500 });
  await until("live", () => isLive(harness));
  jump = 3_600_000;
  await until("connected anew", () => hub.connections() === 2 && isLive(harness));
  expect(harness.lines.some(({ msg }) => msg.includes("the clock jumped"))).toBe(true);
});

test("resend: unacknowledged events survive a cut and are stored once", async () => {
  hub.acknowledging = false;
  const harness = await launch();
  await until("live", () => isLive(harness));
  for (let index = 0; index < 20; index += 1) hub.command(turnStart("s", `echo ${index}`));
  await until("all sent", () => hub.events("s").length === 60);
  hub.cut();
  await until("connected anew", () => hub.connections() === 2 && isLive(harness));
  hub.acknowledging = true;
  hub.command(turnStart("s", "echo last"));
  await until("stored", () => hub.events("s").length === 63);
  expect(hub.gaps()).toBe(0);
  expect(harness.agents.inputs).toHaveLength(21);
});

test("power cut: a journal that lost its end uses no number twice, and nothing new is mistaken for old", async () => {
  const first = await launch();
  await until("live", () => isLive(first));
  hub.command(turnStart("s", "echo one"));
  await until("first turn", () => hub.events("s").length === 3);
  const path = join(dataDir, "sessions", "s.jsonl");
  const before = readFileSync(path);
  hub.command(turnStart("s", "echo two"));
  await until("second turn", () => hub.events("s").length === 6);
  hub.command(turnStart("s", "wait"));
  await until("third turn", () => hub.events("s").length === 8);
  await stop(first);
  writeFileSync(path, before);
  const second = await launch();
  await until("live", () => isLive(second));
  hub.command(turnStart("s", "echo new"));
  await until("new turn", () => shape(hub.events("s")).includes("answer:new"));
  await until("ended", () => hub.events("s").at(-1)?.type === "turn.completed");
  expect(shape(hub.events("s"))).toEqual([
    ...["turn.started", "answer:one", "completed:end_turn"],
    ...["turn.started", "answer:two", "completed:end_turn"],
    ...["turn.started", "stdout:waiting", "failed:interrupted"],
    ...["turn.started", "answer:new", "completed:end_turn"],
  ]);
  expect(hub.gaps()).toBe(0);
});

test("a session the hub does not know is dropped and its agent closed", async () => {
  const harness = await launch();
  await until("live", () => isLive(harness));
  hub.command(turnStart("s", "wait"));
  await until("running", () => harness.agents.open.has("s") && hub.events("s").length === 2);
  hub.unknown.add("s");
  hub.cut();
  await until("dropped", () => !harness.agents.open.has("s"));
  await until("live again", () => isLive(harness));
});

test("unreadable frames: a command is refused, garbage is ignored, the link stays", async () => {
  const harness = await launch();
  await until("live", () => isLive(harness));
  hub.sendText("{ no json");
  hub.sendText(JSON.stringify({ type: "from.the.future" }));
  hub.sendText(JSON.stringify({ type: "command", command: { id: "odd", kind: "dance", session_id: "s" } }));
  await until("refused", () => hub.commandStates.get("odd") === "failed");
  hub.command(turnStart("s", "echo still here"));
  await until("works", () => hub.events("s").length === 3);
  expect(hub.connections()).toBe(1);
});

test("slow hub: the agent is paused, memory stays bounded, and nothing is lost", { timeout: 60_000 }, async () => {
  hub.acknowledging = false;
  const bytes = 40 * 1024 * 1024;
  const harness = await launch({ runtimeKeys: { max_output_bytes: "64MiB" }, heartbeat: 10_000 });
  await until("live", () => isLive(harness));
  hub.command(turnStart("s", `flood ${bytes}`));
  await until("paused", () => harness.agents.pauses > 0);
  hub.acknowledging = true;
  hub.acknowledgeAll();
  await until("done", () => hub.events("s").some(({ type }) => type === "turn.completed"), 50_000);
  const received = hub.events("s").reduce((sum, event) => sum + (event.type === "message.delta" ? event.text.length : 0), 0);
  expect(received).toBe(bytes);
  expect(hub.gaps()).toBe(0);
});
