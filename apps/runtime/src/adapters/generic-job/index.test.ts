import { jobConfigSchema } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { createHost, fakeAgent, record } from "../../../test/adapter-host.ts";
import { describeConformance } from "../conformance.ts";
import { genericJob } from "./index.ts";

function config(command: string, extra: object = {}) {
  return jobConfigSchema.parse({ command, env: { FAKE_STYLE: "job" }, ...extra });
}

describeConformance(genericJob, {
  config: async (agent) => config(fakeAgent(agent)),
  missing: { config: config("/no/such/command"), says: /"\/no\/such\/command" does not exist/ },
  crash: (result) => expect(result).toEqual({ ok: true, stop_reason: "end_turn", exit_code: 3 }),
  spawns: true,
  shared: false,
});

describe("generic-job", () => {
  it("gives the message on stdin and in place of {message}, literally", async () => {
    const host = createHost();
    const endpoint = genericJob.start(config("sh", { args: ["-c", 'cat; printf "|%s|" "$1"', "sh", "<{message}>"] }), host);
    const one = await record(endpoint);
    expect(await one.run("$& {message} $HOME")).toEqual({ ok: true, stop_reason: "end_turn", exit_code: 0 });
    expect(one.text()).toBe("$& {message} $HOME|<$& {message} $HOME>|");
  });

  it("fails with the reason when it takes longer than max_runtime", async () => {
    const host = createHost({ stop_grace: 200 });
    const endpoint = genericJob.start(config("sleep", { args: ["600"], max_runtime: "100ms" }), host);
    const one = await record(endpoint);
    expect(await one.run("go")).toMatchObject({ ok: false, error: { kind: "timeout", message: expect.stringContaining("0.1 s") } });
    expect(host.children()).toEqual([]);
  });

  it("fails when a signal from elsewhere kills it", async () => {
    const endpoint = genericJob.start(config("sh", { args: ["-c", "kill -9 $$"] }), createHost());
    const one = await record(endpoint);
    expect(await one.run("go")).toMatchObject({ ok: false, error: { kind: "exit", signal: "SIGKILL" } });
  });

  it("makes an argument that no system takes a failed turn", async () => {
    const endpoint = genericJob.start(config("echo", { args: ["{message}"] }), createHost());
    const one = await record(endpoint);
    expect(await one.run("a\0b")).toMatchObject({ ok: false, error: { kind: "spawn" } });
  });

  it("ends though a process that left its group holds the output open", async () => {
    const endpoint = genericJob.start(config("sh", { args: ["-c", "setsid sleep 600 & echo $!"] }), createHost());
    const one = await record(endpoint);
    expect(await one.run("go")).toMatchObject({ ok: true, exit_code: 0 });
    // It still runs: the turn did not wait for it.
    process.kill(Number(one.text()), "SIGKILL");
  });
});
