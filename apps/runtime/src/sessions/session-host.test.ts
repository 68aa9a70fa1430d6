/** Sessions through the whole runtime: turns in order, ended once, and told to a real hub socket. */
import { closeSync, mkdirSync, openSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { RuntimeEvent } from "@fairlead/protocol";
import { expect, test } from "vitest";
import { ended, shape, startHarness, turnStart } from "../../test/runtime-harness.ts";
import { dataDir, hub, launch, renewWorld, start, stop } from "../../test/runtime-world.ts";
import { until } from "../../test/test-hub.ts";

renewWorld();

async function turn(content: string, session = "s", endpoint = "one"): Promise<RuntimeEvent[]> {
  const before = hub.events(session).length;
  const command = turnStart(session, content, endpoint);
  hub.command(command);
  await until(`the end of "${content}"`, () => hub.events(session).some((event) => isEnd(event) && event.turn_id === command.turn_id));
  return hub.events(session).slice(before);
}

const isEnd = ({ type }: RuntimeEvent) => type === "turn.completed" || type === "turn.failed";

test("runs turns one after the other, in the order they came", async () => {
  const { agents } = await start();
  const commands = [1, 2, 3, 4, 5].map((index) => turnStart("s", `echo ${index}`));
  for (const command of commands) hub.command(command);
  await until("five ends", () => ended(hub.events("s")) === 5);
  expect(agents.inputs).toEqual(["echo 1", "echo 2", "echo 3", "echo 4", "echo 5"]);
  expect(shape(hub.events("s"))).toEqual([1, 2, 3, 4, 5].flatMap((index) => ["turn.started", `answer:${index}`, "completed:end_turn"]));
  for (const command of commands) expect(hub.commandStates.get(command.id)).toBe("applied");
  expect(agents.opened).toEqual(["s"]);
});

test("every event of a turn names it, and the pieces of a message share an id until something comes between", async () => {
  const { agents } = await start();
  const events = await turn("echo a");
  expect(new Set(events.map(({ turn_id }) => turn_id)).size).toBe(1);
  const before = hub.events("s").length;
  agents.say("s", { type: "message.delta", kind: "stdout", text: "1" });
  agents.say("s", { type: "message.delta", kind: "stdout", text: "2" });
  agents.say("s", { type: "notice", level: "info", text: "between" });
  agents.say("s", { type: "message.delta", kind: "stdout", text: "3" });
  agents.say("s", { type: "message.delta", kind: "stderr", text: "4" });
  await until("all said", () => JSON.stringify(hub.events("s")).includes('"4"'));
  const late = hub.events("s").slice(before);
  expect(late.every(({ turn_id }) => turn_id === undefined)).toBe(true);
  const ids = late.flatMap((event) => (event.type === "message.delta" ? [[event.text, event.message_id]] : []));
  const byText = new Map(ids.map(([text, id]) => [text, id]));
  expect(byText.get("1")).toBe(byText.get("2"));
  expect(new Set([byText.get("2"), byText.get("3"), byText.get("4")]).size).toBe(3);
});

test("what sub-agents say and do cuts nobody else's words in two", async () => {
  const { agents } = await start();
  await turn("echo a");
  const before = hub.events("s").length;
  const say = (text: string, parent?: string) =>
    agents.say("s", { type: "message.delta", kind: "answer", text, ...(parent === undefined ? {} : { parent_tool_call_id: parent }) });
  say("one ");
  say("within ", "a");
  say("two ");
  say("beside", "b");
  agents.say("s", { type: "tool.updated", tool_call_id: "c", parent_tool_call_id: "b", status: "completed" });
  say("a", "a");
  say("three");
  say("later", "b");
  await until("all said", () => JSON.stringify(hub.events("s")).includes("later"));
  const messages = new Map<string | undefined, string>();
  for (const event of hub.events("s").slice(before)) {
    if (event.type === "message.delta") messages.set(event.message_id, (messages.get(event.message_id) ?? "") + event.text);
  }
  expect([...messages.values()]).toEqual(["one two three", "within a", "beside", "later"]);
});

test("duplicate: a command sent again is answered again and not carried out again", async () => {
  const { agents } = await start();
  const command = turnStart("s", "echo once");
  hub.command(command);
  hub.send({ type: "command", command });
  await until("ended", () => ended(hub.events("s")) === 1);
  hub.send({ type: "command", command });
  await until("answered thrice", () => hub.acks.get(command.id) === 3);
  expect(hub.commandStates.get(command.id)).toBe("applied");
  expect(agents.inputs).toEqual(["echo once"]);
});

test("failures are outcomes: of the agent, of a broken adapter, of an endpoint that is not there", async () => {
  await start();
  expect((await turn("fail")).at(-1)).toMatchObject({ type: "turn.failed", error: { kind: "exit", exit_code: 3, message: "it failed" } });
  expect((await turn("throw")).at(-1)).toMatchObject({ type: "turn.failed", error: { kind: "internal" } });
  expect((await turn("echo", "other", "nowhere")).at(-1)).toMatchObject({ type: "turn.failed", error: { kind: "spawn" } });
  expect(shape(await turn("echo fine"))).toEqual(["turn.started", "answer:fine", "completed:end_turn"]);
});

test("stop: ends the running turn, the waiting one goes on", async () => {
  await start();
  const first = turnStart("s", "wait");
  const second = turnStart("s", "echo next");
  hub.command(first);
  hub.command(second);
  await until("running", () => hub.events("s").length === 2);
  expect(hub.commandStates.get(second.id)).toBe("delivered");
  hub.command({ kind: "turn.cancel", id: "stop", session_id: "s", turn_id: first.turn_id });
  await until("both ended", () => ended(hub.events("s")) === 2);
  expect(shape(hub.events("s"))).toEqual([
    "turn.started",
    "stdout:waiting",
    "completed:cancelled",
    "turn.started",
    "answer:next",
    "completed:end_turn",
  ]);
  expect(hub.commandStates.get("stop")).toBe("applied");
});

test("stop of a waiting turn: it ends without having started", async () => {
  const { agents } = await start();
  const first = turnStart("s", "wait");
  const second = turnStart("s", "echo never");
  hub.command(first);
  await until("running", () => hub.events("s").length === 2);
  hub.command(second);
  hub.command({ kind: "turn.cancel", id: "stop2", session_id: "s", turn_id: second.turn_id });
  hub.command({ kind: "turn.cancel", id: "stop1", session_id: "s", turn_id: first.turn_id });
  await until("both ended", () => ended(hub.events("s")) === 2);
  expect(agents.inputs).toEqual(["wait"]);
  expect(
    hub
      .events("s")
      .filter(isEnd)
      .map(({ turn_id }) => turn_id),
  ).toEqual([second.turn_id, first.turn_id]);
  await until("told", () => hub.commandStates.get(second.id) === "applied");
});

test("stop of a turn this runtime knows nothing of: it is ended for the hub", async () => {
  await start();
  hub.command({ kind: "turn.cancel", id: "lost", session_id: "gone", turn_id: "t-lost" });
  await until("told", () => hub.events("gone").length === 1);
  expect(hub.events("gone")[0]).toMatchObject({ type: "turn.failed", turn_id: "t-lost", error: { kind: "interrupted" } });
});

test("timeout: the turn is stopped and fails, the next one runs", async () => {
  await start({ limits: { session_timeout: "80ms" } });
  expect((await turn("wait")).at(-1)).toMatchObject({ type: "turn.failed", error: { kind: "timeout" } });
  expect(shape(await turn("echo on"))).toContain("answer:on");
});

test("timeout: the time stands still while somebody is asked, and goes on with the answer", async () => {
  const { agents } = await start({ limits: { session_timeout: "300ms" } });
  hub.command(turnStart("s", "ask and wait"));
  await until("asked", () => hub.events("s").length === 2);
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(shape(hub.events("s"))).toEqual(["turn.started", "approval.requested"]);
  const answered = performance.now();
  hub.command({ kind: "approval.answer", id: "a1", session_id: "s", approval_id: "s-a", option_id: "yes" });
  await until("ended", () => ended(hub.events("s")) === 1);
  expect(agents.answers).toEqual(["s-a=yes"]);
  expect(performance.now() - answered).toBeGreaterThan(50);
  expect(new Set(shape(hub.events("s")).slice(2))).toEqual(new Set(["approval.applied", "stdout:waiting", "failed:timeout"]));
});

test("timeout: two questions hold it until both are answered or withdrawn", async () => {
  const { agents } = await start({ limits: { session_timeout: "200ms" } });
  hub.command(turnStart("s", "wait"));
  await until("running", () => hub.events("s").length === 2);
  const options = [{ id: "yes", kind: "allow_once" as const, label: "Yes" }];
  for (const approval_id of ["a", "b"]) {
    agents.say("s", { type: "approval.requested", approval_id, tool: approval_id, title: "May I?", options });
  }
  agents.say("s", { type: "approval.withdrawn", approval_id: "a", reason: "never mind" });
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(ended(hub.events("s"))).toBe(0);
  agents.say("s", { type: "approval.withdrawn", approval_id: "b", reason: "never mind" });
  await until("ended", () => ended(hub.events("s")) === 1);
  expect(shape(hub.events("s")).at(-1)).toBe("failed:timeout");
});

test("an agent that ignores every stop loses its process, not its session", async () => {
  const { agents } = await start({ limits: { session_timeout: "80ms" } });
  expect((await turn("deaf")).at(-1)).toMatchObject({ type: "turn.failed", error: { kind: "timeout" } });
  expect(shape(await turn("echo again"))).toContain("answer:again");
  expect(agents.opened).toEqual(["s", "s"]);
});

test("output beyond the limit is cut, and the log says how much", async () => {
  await start({ runtimeKeys: { max_output_bytes: 1_000 } });
  const events = await turn("out 2500");
  expect(events.map(({ type }) => type)).toEqual(["turn.started", "message.delta", "notice", "turn.completed"]);
  expect(events[1]).toMatchObject({ text: "x".repeat(1_000) });
  expect(events[2]).toMatchObject({ code: "output_cut", text: expect.stringContaining("1500 bytes") });
  expect((await turn("out 999"))[1]).toMatchObject({ text: "x".repeat(999) });
});

test("an event that breaks the schema becomes a notice, not a refusal by the hub", async () => {
  await start();
  expect((await turn("wrong"))[1]).toMatchObject({ type: "notice", code: "unknown_message" });
});

test("approval: the answer reaches the agent; a stop withdraws what is open", async () => {
  const { agents } = await start();
  hub.command(turnStart("s", "ask"));
  await until("asked", () => hub.events("s").length === 2);
  hub.command({ kind: "approval.answer", id: "a1", session_id: "s", approval_id: "s-a", option_id: "yes" });
  await until("ended", () => ended(hub.events("s")) === 1);
  expect(agents.answers).toEqual(["s-a=yes"]);
  expect(shape(hub.events("s"))).toEqual(["turn.started", "approval.requested", "approval.applied", "completed:end_turn"]);
  const second = turnStart("s", "ask");
  hub.command(second);
  await until("asked again", () => hub.events("s").length === 6);
  hub.command({ kind: "turn.cancel", id: "a2", session_id: "s", turn_id: second.turn_id });
  await until("ended again", () => ended(hub.events("s")) === 2);
  expect(shape(hub.events("s")).slice(4)).toEqual(["turn.started", "approval.requested", "approval.withdrawn", "completed:cancelled"]);
});

/** Every write to this file fails from now on, as on a full disk. */
function fillDisk(path: string): void {
  const openFile = readdirSync("/proc/self/fd")
    .map(Number)
    .find((fd) => targetOf(fd) === path);
  if (openFile === undefined) throw new Error("the journal is not open");
  closeSync(openFile);
  // The lowest free number is given out first, so it comes to ours soon.
  const others: number[] = [];
  for (let fd = openSync("/dev/full", "w"); fd !== openFile; fd = openSync("/dev/full", "w")) others.push(fd);
  for (const fd of others) closeSync(fd);
  mkdirSync(`${path}.tmp`);
}

function targetOf(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

test("a disk that refuses keeps nobody from stopping a turn, and from closing with what waits", async () => {
  const harness = await start();
  const running = turnStart("s", "wait");
  hub.command(running);
  await until("it runs", () => hub.events("s").length === 2);
  hub.command(turnStart("s", "wait"));
  hub.command(turnStart("s", "echo never"));
  await until("all taken", () => hub.commandStates.size === 3);
  fillDisk(join(dataDir, "sessions", "s.jsonl"));
  hub.command({ kind: "turn.cancel", id: "stop", session_id: "s", turn_id: running.turn_id });
  await until("stopped", () => ended(hub.events("s")) >= 1);
  hub.command({ kind: "session.close", id: "close", session_id: "s" });
  await until("closed", () => hub.commandStates.get("close") === "applied");
  expect(hub.commandStates.get("stop")).toBe("applied");
  expect(ended(hub.events("s"))).toBe(3);
  expect(harness.agents.inputs).not.toContain("echo never");
});

test("close: stops the turn, empties the queue, ends the agent; a later message opens it again", async () => {
  const { agents } = await start();
  hub.command(turnStart("s", "wait"));
  hub.command(turnStart("s", "echo dropped"));
  await until("running", () => agents.open.has("s"));
  hub.command({ kind: "session.close", id: "close", session_id: "s" });
  hub.command(turnStart("s", "echo after"));
  await until("three ends", () => ended(hub.events("s")) === 3);
  expect(agents.inputs).toEqual(["wait", "echo after"]);
  expect(agents.opened).toEqual(["s", "s"]);
  await until("told", () => hub.commandStates.get("close") === "applied");
});

test("limit: the agent idle for longest gives way and comes back with its native id; when all are busy the turn fails", async () => {
  const { agents } = await start({ runtimeKeys: { max_sessions: 2 } });
  await turn("native n-1", "a");
  await turn("echo", "b");
  await turn("echo", "c");
  expect([...agents.open]).toEqual(["b", "c"]);
  await turn("echo", "a");
  expect([...agents.open]).toEqual(["c", "a"]);
  expect(agents.nativeIds).toEqual([null, null, null, "n-1"]);
  hub.command(turnStart("a", "wait"));
  hub.command(turnStart("c", "wait"));
  await until("both busy", () => agents.inputs.filter((text) => text === "wait").length === 2);
  const failed = (await turn("echo", "d")).at(-1);
  expect(failed).toMatchObject({ type: "turn.failed", error: { kind: "limit", message: expect.stringContaining("max_sessions") } });
});

test("limit of one endpoint leaves the others alone", async () => {
  const { agents } = await start({ limits: { max_sessions: 1 } });
  await turn("echo", "a", "one");
  await turn("echo", "b", "two");
  await turn("echo", "c", "one");
  expect([...agents.open]).toEqual(["b", "c"]);
});

test("stopping the runtime ends the running turn as interrupted, and what waits runs after the restart", async () => {
  const first = await start();
  hub.command(turnStart("s", "wait"));
  const waiting = turnStart("s", "echo later");
  hub.command(waiting);
  await until("running", () => hub.events("s").length === 2 && hub.commandStates.get(waiting.id) === "delivered");
  await stop(first);
  expect(first.agents.open.size).toBe(0);
  expect(shape(hub.events("s"))).toEqual(["turn.started", "stdout:waiting", "failed:interrupted"]);
  const second = await start();
  await until("the waiting turn", () => ended(hub.events("s")) === 2);
  expect(second.agents.inputs).toEqual(["echo later"]);
});

test("a second runtime on the same data directory refuses to start", async () => {
  const { spawn } = await import("node:child_process");
  const { writeFileSync, readFileSync } = await import("node:fs");
  const other = spawn("sleep", ["30"]);
  const start = readFileSync(`/proc/${other.pid}/stat`, "utf8").split(") ")[1]?.split(" ")[19];
  writeFileSync(`${dataDir}/lock`, `${other.pid} ${start}\n`);
  await expect(startHarness({ hub, dataDir })).rejects.toThrow(/already runs on/);
  other.kill("SIGKILL");
  await new Promise((resolve) => other.once("exit", resolve));
  await launch();
});
