import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { externalConfigSchema, MAX_EXTERNAL_LINE_BYTES } from "@fairlead/protocol";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHost, fakeAgent, type Recorder, record, until } from "../../../test/adapter-host.ts";
import { describeConformance } from "../conformance.ts";
import { genericExternal } from "./index.ts";

function config(command: string, extra: object = {}) {
  return externalConfigSchema.parse({ command, env: { FAKE_STYLE: "external" }, ...extra });
}

describeConformance(genericExternal, {
  config: async (agent) => config(fakeAgent(agent)),
  missing: { config: config("no-such-command"), says: /"no-such-command" was not found on PATH/ },
  crash: (result) => expect(result).toMatchObject({ ok: false, error: { kind: "exit", exit_code: 3 } }),
  closedOutput: (result) => expect(result).toMatchObject({ ok: false, error: { kind: "protocol" } }),
  spawns: true,
  longestLine: MAX_EXTERNAL_LINE_BYTES,
  shared: true,
});

const DONE = { type: "turn.complete" };
const ASK = { type: "permission.request", request_id: "q 1", tool: "rm", description: "Delete notes.txt", resource: "/notes.txt" };

async function setUp(extra: object = {}) {
  const host = createHost({ stop_grace: 250 });
  const endpoint = genericExternal.start(config(fakeAgent("puppet"), extra), host);
  onTestFinished(async () => {
    await endpoint.stop();
    expect(host.children()).toEqual([]);
  });
  const tell = (one: Recorder, ...items: unknown[]) => one.run(JSON.stringify(items));
  return { host, endpoint, tell, one: await record(endpoint, "s1") };
}

function approvalIn(one: Recorder) {
  const found = one.events.find((event) => event.type === "approval.requested");
  if (found === undefined) throw new Error("no approval was requested");
  return found;
}

describe("generic-external", () => {
  it("runs turns of two sessions at the same time over one process", async () => {
    const { endpoint, host, tell, one } = await setUp({ env: { PUPPET_READY: "1" } });
    const two = await record(endpoint, "s2");
    const open = tell(one, { type: "output", content: "begun", channel: "answer" });
    await until(() => one.text("answer") === "begun", "the first session's output");
    expect(await tell(two, { type: "output", content: "two" }, DONE)).toMatchObject({ ok: true });
    await tell(two, { type: "turn.complete", session_id: "s1", exit_code: 4 }, DONE);
    expect(await open).toEqual({ ok: true, stop_reason: "end_turn", exit_code: 4 });
    expect(host.children()).toHaveLength(1);
  });

  it("makes an error of the agent a failed turn", async () => {
    const { tell, one } = await setUp();
    expect(await tell(one, { ...DONE, error: "no quota", exit_code: 2 })).toEqual({
      ok: false,
      error: { kind: "exit", message: "no quota", exit_code: 2 },
    });
  });

  it("carries a permission request to the person and the answer back", async () => {
    for (const [option_id, approved] of [
      ["allow_once", true],
      ["reject_once", false],
    ] as const) {
      const { tell, one } = await setUp();
      const stop = new AbortController();
      const turn = one.run(JSON.stringify([ASK]), stop.signal);
      await until(() => one.events.some((event) => event.type === "approval.requested"), "the question");
      const asked = approvalIn(one);
      expect(asked).toMatchObject({ tool: "rm", title: "Delete notes.txt", detail: "/notes.txt" });
      expect(asked.options.map((option) => [option.id, option.kind, option.label])).toEqual([
        ["allow_once", "allow_once", "Allow once"],
        ["reject_once", "reject_once", "Deny"],
      ]);
      await one.session.answer(asked.approval_id, { option_id, reason: "because" });
      await one.session.answer(asked.approval_id, { option_id });
      const said = { type: "permission.response", session_id: "s1", request_id: "q 1", approved, reason: "because" };
      await until(() => one.text().includes(`got ${JSON.stringify(said)}`), "the answer at the agent");
      stop.abort();
      await turn;
      expect(one.text().match(/permission.response/g)).toHaveLength(1);
      expect(await tell(one, DONE)).toMatchObject({ ok: true });
    }
  });

  it("denies open questions on a stop, and gives up a conversation that does not answer it", async () => {
    const { tell, one } = await setUp();
    const stop = new AbortController();
    const turn = one.run(JSON.stringify([ASK]), stop.signal);
    await until(() => one.events.some((event) => event.type === "approval.requested"), "the question");
    stop.abort();
    expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
    expect(one.text()).toMatch(/"approved":false,"reason":"The turn was stopped.".*"type":"stop"/s);
    expect(one.events).toContainEqual(expect.objectContaining({ type: "approval.withdrawn", approval_id: approvalIn(one).approval_id }));
    expect(one.codes()).toEqual(["restarted"]);
    // The late end of the stopped turn does not end the next one, which runs under a new id.
    const next = tell(one, { type: "turn.complete", session_id: "s1" }, { type: "output", content: "next" });
    await until(() => one.text().includes("next"), "the next turn's output");
    expect(one.codes()).toContain("unknown_message");
    await one.session.close();
    expect(await next).toEqual({ ok: true, stop_reason: "cancelled" });
  });

  it("withdraws a question when the agent goes on without an answer, and when it dies", async () => {
    const { tell, one } = await setUp();
    await tell(one, ASK, DONE);
    expect(await tell(one, ASK, { exit: 5 })).toMatchObject({ ok: false, error: { kind: "exit", exit_code: 5 } });
    expect(one.events.filter((event) => event.type === "approval.withdrawn")).toHaveLength(2);
    expect(await tell(one, DONE)).toMatchObject({ ok: true });
    expect(one.codes()).toEqual(["restarted"]);
  });

  it("fails every running turn when the process dies", async () => {
    const { endpoint, tell, one } = await setUp();
    const two = await record(endpoint, "s2");
    const open = tell(one);
    await until(() => one.codes().length === 0, "nothing yet");
    expect(await tell(two, { exit: 9 })).toMatchObject({ ok: false, error: { kind: "exit", exit_code: 9 } });
    expect(await open).toMatchObject({ ok: false, error: { kind: "exit", exit_code: 9 } });
  });

  it("refuses a version it does not speak", async () => {
    const { tell, one } = await setUp({ env: { PUPPET_READY: "2" } });
    for (const _ of [1, 2]) {
      expect(await tell(one)).toMatchObject({
        ok: false,
        error: { kind: "protocol", message: "The agent speaks version 2 of the external protocol; this runtime speaks version 1." },
      });
    }
  });

  it("tells of lines it cannot use and goes on", async () => {
    const { tell, one } = await setUp();
    const bad = [
      "not json",
      "{}",
      '{"type":"output"}',
      '{"type":"dance","session_id":"s1"}',
      '{"type":"output","session_id":"s9","content":""}',
    ];
    expect(await tell(one, ...bad, { type: "output", content: "nul \0 lone \ud800" }, DONE)).toMatchObject({ ok: true });
    expect(one.codes()).toEqual(["bad_line", "bad_line", "bad_line", "unknown_message", "unknown_message"]);
    expect(one.text()).toContain("nul \u2400 lone \ufffd");
  });

  it("bounds the notices of an agent that misbehaves in a loop", async () => {
    const { tell, one } = await setUp();
    await tell(one, ...Array.from({ length: 100 }, () => "not json"), { stderr: "debug", times: 100 }, DONE);
    await until(() => one.codes().filter((code) => code === "diagnostic").length === 20, "diagnostics");
    expect(one.codes().filter((code) => code === "bad_line")).toHaveLength(20);
    expect(await tell(one, DONE)).toMatchObject({ ok: true });
  });

  it("ends an agent that asks without end and does not read the answers", async () => {
    const endpoint = genericExternal.start(config(fakeAgent("deaf")), createHost({ stop_grace: 250 }));
    onTestFinished(() => endpoint.stop());
    const one = await record(endpoint);
    expect(await one.run("begin")).toMatchObject({ ok: false, error: { message: expect.stringContaining("does not read its input") } });
    expect(one.events.filter((event) => event.type === "approval.requested").length).toBeLessThan(100);
  });

  it("denies a question of a session that is not open", async () => {
    const { tell, one } = await setUp();
    await tell(one, { ...ASK, session_id: "s9" }, DONE);
    await until(() => one.text().includes('"approved":false,"reason":"unknown session"'), "the refusal");
    expect(one.events.some((event) => event.type === "approval.requested")).toBe(false);
  });

  it("shows files of its working directory only", async () => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), "fairlead-files-")));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const work_dir = join(root, "work");
    mkdirSync(join(work_dir, "sub"), { recursive: true });
    writeFileSync(join(work_dir, "sub", "report.md"), "# hello");
    writeFileSync(join(root, "secret"), "s");
    mkdirSync(join(root, "work-too"));
    writeFileSync(join(root, "work-too", "near"), "n");
    symlinkSync(join(root, "secret"), join(work_dir, "link"));
    symlinkSync("sub/report.md", join(work_dir, "inside"));
    const { tell, one } = await setUp({ work_dir });
    const file = (file_path: string) => ({ type: "file.output", file_path, file_name: "../a/b.md", file_mime_type: "text/markdown" });
    const refused = ["link", "../secret", join(root, "secret"), "../work-too/near", ".", "sub", "missing"].map(file);
    expect(await tell(one, ...refused, file("sub/report.md"), file(join(work_dir, "inside")), DONE)).toMatchObject({ ok: true });
    expect(one.codes()).toEqual(refused.map(() => "path_refused"));
    const source = { folder: work_dir, path: "sub/report.md" };
    const shown = { type: "file.made", name: "../a/b.md", mime_type: "text/markdown", source };
    expect(one.events.filter((event) => event.type === "file.made")).toEqual([shown, shown]);
  });

  it("closes a session without ending the process the others use", async () => {
    const { endpoint, host, tell, one } = await setUp();
    const two = await record(endpoint, "s2");
    await tell(one, DONE);
    await tell(two, DONE);
    await one.session.close();
    await until(() => two.text().includes('got {"type":"session.close","session_id":"s1"}'), "the close at the agent");
    expect(host.children()).toHaveLength(1);
  });
});
