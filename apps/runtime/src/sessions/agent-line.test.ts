import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Harness, removeDirectory, shape, startHarness, temporaryDirectory, turnStart } from "../../test/runtime-harness.ts";
import { startTestHub, type TestHub, until } from "../../test/test-hub.ts";
import { createLog } from "../log.ts";
import { createAgentLine } from "./agent-line.ts";

let dataDir: string;
let hub: TestHub;
let harness: Harness;

beforeEach(async () => {
  dataDir = temporaryDirectory();
  hub = await startTestHub();
  harness = await startHarness({ hub, dataDir });
  await until("live", () => harness.runtime.link.state() === "live");
});
afterEach(async () => {
  await harness.runtime.stop();
  await hub.stop();
  removeDirectory(dataDir);
});

it("asks with where a path really leads, in the place among the agent's words where it asked", async () => {
  const work = join(dataDir, "work");
  mkdirSync(work);
  symlinkSync("/etc", join(work, "link"));
  hub.command(turnStart("s", "wait"));
  await until("the turn runs", () => shape(hub.events("s")).includes("stdout:waiting"));
  const say = (text: string) => harness.agents.say("s", { type: "message.delta", kind: "answer", text });
  const options = [{ id: "no", kind: "reject_once" as const, label: "No" }];
  say("before");
  const paths = [join(work, "link", "passwd")];
  harness.agents.say("s", { type: "approval.requested", approval_id: "a", tool: "read", title: "Read", options, subject: { paths } });
  say("after");
  harness.agents.say("s", { type: "approval.withdrawn", approval_id: "a", reason: "no longer" });
  await until("the end of it", () => hub.events("s").some(({ type }) => type === "approval.withdrawn"));
  expect(shape(hub.events("s")).slice(-4)).toEqual(["answer:before", "approval.requested", "answer:after", "approval.withdrawn"]);
  const asked = hub.events("s").find((event) => event.type === "approval.requested");
  expect(asked?.type === "approval.requested" && asked.subject?.paths).toEqual([join(work, "link", "passwd"), "/etc/passwd"]);
});

it("makes the agent pause while something is made ready, and loses nothing behind what could not be", async () => {
  const told: string[] = [];
  const line = createAgentLine({
    async prepare(event) {
      if (event.type === "file.made") throw new Error("no");
      return event;
    },
    deliver: (event) => void told.push(event.type),
    log: createLog("silent"),
  });
  expect(line.drained()).toBeUndefined();
  expect(line.put({ type: "file.made", mime_type: "a/b", source: { base64: "" } })).toBe(false);
  line.put({ type: "notice", level: "info", text: "next" });
  await line.drained();
  expect(told).toEqual(["notice"]);
  expect(line.drained()).toBeUndefined();
});
