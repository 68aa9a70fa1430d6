import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codexConfigSchema } from "@fairlead/protocol";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHost, fakeAgent } from "../../../test/adapter-host.ts";
import { codex } from "./index.ts";
import { profileArgs, settingsOf } from "./profile.ts";

describe("a profile of Codex", () => {
  it("becomes arguments that Codex reads itself", () => {
    const text =
      '# mine\nmodel = "gpt-b" # fast\nnotify = ["a", "b"]\n\n[sandbox_workspace_write]\nnetwork_access = true\n[a.b]\nc.d = \'x = [\'\n';
    expect(settingsOf(text)).toEqual([
      ...["-c", 'model="gpt-b" # fast', "-c", 'notify=["a", "b"]'],
      ...["-c", "sandbox_workspace_write.network_access=true", "-c", "a.b.c.d='x = ['"],
    ]);
  });

  it.each(["x = [", "x = '''a", '"quoted key" = 1', "[[list]]", "just words", "x =", 'x = "open'])(
    "refuses %j rather than guess",
    (line) => {
      expect(() => settingsOf(`model = "a"\n${line}\n`)).toThrow("line 2 cannot be handed to Codex");
    },
  );

  it("is looked for where Codex keeps its config, and missed before anything runs", async () => {
    const home = mkdtempSync(join(tmpdir(), "fairlead-codex-"));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    mkdirSync(join(home, ".codex"));
    writeFileSync(join(home, ".codex", "work.config.toml"), 'model = "m"\n');
    const config = (extra: object) => codexConfigSchema.parse({ command: fakeAgent("codex"), args: ["echo"], work_dir: home, ...extra });
    expect(profileArgs(config({}), home)).toEqual([]);
    expect(profileArgs(config({ profile: "work" }), home)).toEqual(["-c", 'model="m"']);
    expect(profileArgs(config({ profile: "work", env: { CODEX_HOME: join(home, ".codex") } }), "/nowhere")).toEqual(["-c", 'model="m"']);
    expect(() => profileArgs(config({ profile: "../x" }), home)).toThrow("is no name");
    const { processes } = createHost();
    const missing = config({ profile: "other", env: { HOME: home } });
    expect(await codex.unavailable(missing, processes)).toMatch(/"other" cannot be used: the file does not exist/);
    expect(await codex.unavailable(config({ profile: "work", env: { HOME: home } }), processes)).toBeUndefined();
    const session = await codex
      .start(missing, createHost())
      .open({ session_id: "s", native_id: null, emit: () => true, resumed: async () => undefined });
    expect(await session.runTurn({ turn_id: "t", text: "hi" }, new AbortController().signal)).toMatchObject({
      ok: false,
      error: { kind: "spawn" },
    });
    await session.close();
  });
});
