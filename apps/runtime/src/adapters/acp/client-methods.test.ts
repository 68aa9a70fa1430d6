import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ASK, approvals, PERMISSION, question, setUp, tell } from "../../../test/acp-harness.ts";
import { until } from "../../../test/adapter-host.ts";

describe("files and terminals of the client", () => {
  const read = (path: string, more: object = {}) => ({ ask: "fs/read_text_file", params: { path, ...more } });
  const write = (path: string, content: string) => ({ ask: "fs/write_text_file", params: { path, content } });

  it("read inside the folder only, and say in the agent's words what is not there", async () => {
    const { one, work_dir } = await setUp({ config: { fs: true } });
    writeFileSync(join(work_dir, "a"), "1\n2\n3\n");
    writeFileSync(join(work_dir, "..", "secret"), "s3cret");
    symlinkSync("../secret", join(work_dir, "link"));
    symlinkSync("nowhere", join(work_dir, "broken"));
    await tell(one, read(join(work_dir, "a")), read(join(work_dir, "a"), { line: 2, limit: 1 }), read(join(work_dir, "new")));
    expect(one.text()).toBe(
      `answer {"result":{"content":"1\\n2\\n3\\n"}}\nanswer {"result":{"content":"2"}}\n` +
        `answer {"error":{"code":-32002,"message":"Resource not found: ${work_dir}/new does not exist"}}\n`,
    );
    const refused = ["link", "../secret", "broken", "missing/../../secret", "."].map((path) => read(`${work_dir}/${path}`));
    await tell(one, ...refused, read("a"), read("/etc/passwd"));
    expect(one.text().match(/was refused/g)).toHaveLength(7);
    expect(one.text()).not.toContain("s3cret");
    expect(approvals(one)).toEqual([]);
  });

  it("write only what a person has seen and allowed", async () => {
    const { one, work_dir } = await setUp({ config: { fs: true } });
    const path = join(work_dir, "sub", "a");
    const denied = tell(one, write(path, "one\n"));
    const first = await question(one);
    expect(first).toMatchObject({
      kind: "edit",
      title: "Create sub/a",
      subject: { paths: [path] },
      content: [{ type: "diff", change: "created" }],
    });
    await one.session.answer(first.approval_id, { option_id: "reject_once", reason: "no files" });
    await denied;
    expect(one.text()).toContain("The person denied this: no files");
    expect(existsSync(path)).toBe(false);
    const allowed = tell(one, write(path, "one\n"));
    await one.session.answer((await question(one, 1)).approval_id, { option_id: "allow_once" });
    await allowed;
    expect(readFileSync(path, "utf8")).toBe("one\n");
    await tell(one, write(join(work_dir, "..", "b"), "x"), write("/tmp/fairlead-never", "x"));
    expect(approvals(one)).toHaveLength(2);
    expect(one.text().match(/outside the agent's working directory/g)).toHaveLength(2);
  });

  it("write without a second question exactly the change that was allowed by the first", async () => {
    const { one, work_dir } = await setUp({ config: { fs: true } });
    const path = join(work_dir, "a");
    writeFileSync(path, "old\n");
    const content = [{ type: "diff", path, oldText: "old\n", newText: "new\n" }];
    const params = { ...ASK, toolCall: { toolCallId: "e", kind: "edit", title: "Edit a", content } };
    const turn = tell(one, { ask: PERMISSION.method, params }, write(path, "newer\n"), write(path, "new\n"), write(path, "new\n"));
    await one.session.answer((await question(one)).approval_id, { option_id: "go" });
    const other = await question(one, 1);
    await one.session.answer(other.approval_id, { option_id: "reject_once" });
    // The allowed change is made without a question; once more it would be another one.
    const again = await question(one, 2);
    expect(readFileSync(path, "utf8")).toBe("new\n");
    await one.session.answer(again.approval_id, { option_id: "reject_once" });
    await turn;
    expect(approvals(one)).toHaveLength(3);
  });

  it("run a command that a person allowed, show its output and keep a bounded part of it", async () => {
    const { one, work_dir } = await setUp({ config: { terminal: true } });
    const shows = { sessionUpdate: "tool_call", toolCallId: "t", title: "run", content: [{ type: "terminal", terminalId: "terminal-1" }] };
    const turn = tell(
      one,
      { ask: "terminal/create", params: { command: "printf '0123456789'; pwd; exit 3", outputByteLimit: 8 } },
      { update: shows },
      { ask: "terminal/wait_for_exit", params: { terminalId: "$terminal" } },
      { ask: "terminal/output", params: { terminalId: "$terminal" } },
      { ask: "terminal/release", params: { terminalId: "$terminal" } },
      { ask: "terminal/output", params: { terminalId: "$terminal" } },
    );
    const asked = await question(one);
    expect(asked).toMatchObject({ kind: "execute", subject: { command: "printf '0123456789'; pwd; exit 3", cwd: work_dir } });
    await one.session.answer(asked.approval_id, { option_id: "allow_once" });
    await turn;
    expect(one.text("answer")).toContain('{"exitCode":3,"signal":null}');
    expect(one.text("answer")).toContain(`"output":${JSON.stringify(`0123456789${work_dir}\n`.slice(-8))},"truncated":true`);
    expect(one.text("answer")).toContain('"code":-32002');
    const live = one.events.map((event) => (event.type === "tool.delta" ? event.text : "")).join("");
    expect(live).toBe(`0123456789${work_dir}\n`);
  });

  it("tell with a command what its environment is set to, for that may make another command of it", async () => {
    const { one, work_dir } = await setUp({ config: { terminal: true } });
    const env = [{ name: "PATH", value: "/tmp/evil" }];
    const create = (params: object) => ({ ask: "terminal/create", params: { env, ...params } });
    const turn = tell(
      one,
      create({ command: "git", args: ["status"] }),
      create({ command: "git status; ls" }),
      create({ command: "ls", env: [{ name: "BASH_FUNC_ls%%", value: "() { evil; }" }] }),
    );
    const asked = [await question(one)];
    await one.session.answer(asked[0]?.approval_id ?? "", { option_id: "reject_once" });
    asked.push(await question(one, 1));
    await one.session.answer(asked[1]?.approval_id ?? "", { option_id: "reject_once" });
    await turn;
    expect(asked).toMatchObject([
      { title: "env PATH=/tmp/evil git status", subject: { command: ["env", "PATH=/tmp/evil", "git", "status"], cwd: work_dir } },
      { subject: { command: ["env", "PATH=/tmp/evil", "/bin/sh", "-c", "git status; ls"] } },
    ]);
    expect(approvals(one)).toHaveLength(2);
    expect(one.text()).toContain('"code":-32602');
  });

  it("end with the turn that is stopped, and with the session", async () => {
    const { one, host } = await setUp({ config: { terminal: true } });
    for (const end of ["stop", "close"]) {
      const before = approvals(one).length;
      const stop = new AbortController();
      const steps = [{ ask: "terminal/create", params: { command: "sleep", args: ["600"] } }, { wait: true }];
      const turn = one.run(JSON.stringify(steps), stop.signal);
      await one.session.answer((await question(one, before)).approval_id, { option_id: "allow_once" });
      await until(() => host.children().length === 2, "the command");
      if (end === "stop") stop.abort();
      else await one.session.close();
      await turn;
      await until(() => host.children().length === (end === "stop" ? 1 : 0), "the command's end");
    }
  });

  it("refuse folders outside, and are not there unless offered", async () => {
    const { one } = await setUp({ config: { terminal: true } });
    await tell(
      one,
      { ask: "terminal/create", params: { command: "ls", cwd: "/" } },
      { ask: "terminal/output", params: { terminalId: "x" } },
    );
    expect(one.text()).toMatch(/refused: it lies outside.*\n.*"code":-32002/);
    const { one: plain, heard } = await setUp();
    await tell(plain, { ask: "terminal/create", params: { command: "ls" } });
    expect(plain.text()).toContain('"code":-32601');
    expect(heard()[0].params.clientCapabilities).toEqual({ fs: { readTextFile: false, writeTextFile: false }, terminal: false });
  });
});
