import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { externalConfigSchema } from "@fairlead/protocol";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHost, record, until } from "../../../test/adapter-host.ts";
import { genericExternal } from "./index.ts";

const SAMPLE = fileURLToPath(new URL("../../../../../docs/examples/external-agent.mjs", import.meta.url));

async function setUp() {
  const work_dir = realpathSync(mkdtempSync(join(tmpdir(), "fairlead-sample-")));
  const host = createHost({ stop_grace: 2_000 });
  const endpoint = genericExternal.start(externalConfigSchema.parse({ command: process.execPath, args: [SAMPLE], work_dir }), host);
  onTestFinished(async () => {
    await endpoint.stop();
    expect(host.children()).toEqual([]);
    rmSync(work_dir, { recursive: true, force: true });
  });
  return { endpoint, work_dir, one: await record(endpoint) };
}

describe("the documented sample agent", () => {
  it("helps, and says back what it does not know, in Markdown", async () => {
    const { one } = await setUp();
    expect(await one.run("help")).toMatchObject({ ok: true });
    expect(one.text("answer")).toContain("**Sample Agent**");
    expect(await one.run("good morning")).toMatchObject({ ok: true });
    expect(one.text("answer")).toContain("> good morning\n\nThat is **2** words");
  });

  it("streams a count in one session while it answers in another, and stops when told", async () => {
    const { endpoint, one } = await setUp();
    const two = await record(endpoint);
    const stop = new AbortController();
    const counting = one.run("count 1000", stop.signal);
    await until(() => one.text().includes("**2**"), "the count goes on");
    expect(await two.run("hi")).toMatchObject({ ok: true });
    stop.abort();
    expect(await counting).toEqual({ ok: true, stop_reason: "cancelled" });
    expect(one.text()).toContain("*Stopped.*");
    expect(one.codes()).toEqual([]);
  });

  it("asks before it deletes", async () => {
    const { one } = await setUp();
    for (const [option_id, says] of [
      ["allow_once", "as a sample I leave it alone"],
      ["reject_once", "`x y` stays"],
    ] as const) {
      const count = one.events.length;
      const turn = one.run("delete x y");
      await until(() => one.events.slice(count).some((event) => event.type === "approval.requested"), "the question");
      const asked = one.events.findLast((event) => event.type === "approval.requested");
      expect(asked).toMatchObject({ tool: "delete", title: "Delete x y" });
      await one.session.answer(asked?.approval_id ?? "", { option_id });
      expect(await turn).toMatchObject({ ok: true });
      expect(one.text()).toContain(says);
    }
  });

  it("makes a file", async () => {
    const { one, work_dir } = await setUp();
    expect(await one.run("file")).toMatchObject({ ok: true });
    const file = one.events.find((event) => event.type === "file.made");
    const source = { folder: work_dir, path: "data/sample-agent/greeting.md" };
    expect(file).toMatchObject({ name: "greeting.md", mime_type: "text/markdown", source });
    expect(readFileSync(join(work_dir, source.path), "utf8")).not.toBe("");
  });
});
