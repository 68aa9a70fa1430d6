/** A scenario of a conversation that was begun without the runtime: it is listed, taken over, and gone on with. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "vitest";
import { until } from "../harness/until.ts";
import { ENDPOINT } from "./bench.ts";
import type { ReadyCli } from "./ready.ts";
import { newestRequest, type Scenario, type Stage } from "./scenario.ts";

/** Longest run of an agent by itself (ms). */
const PATIENCE = 60_000;

/** `print`: the arguments with which the agent answers one prompt, prints the answer and ends. */
export function adoption(print: (prompt: string) => readonly string[]): Scenario {
  return {
    name: "a conversation that was begun in a terminal is listed, and a session goes on with it",
    async run(stage) {
      const { bench, mark } = stage;
      const prompt = `SAY:begun outside as ${mark}`;
      expect(await runAlone(bench.cli, bench.work, print(prompt))).toContain(`begun outside as ${mark}`);
      const found = (await list(stage)).filter(({ title }) => title.includes(prompt));
      expect(found).toEqual([{ native_id: expect.any(String), title: prompt, work_dir: bench.work, updated_at: expect.any(Number) }]);

      const talk = await bench.talk({ native_id: found[0]?.native_id });
      const next = `SAY:back in ${mark}`;
      expect(await talk.say(next)).toMatchObject({ stop_reason: "end_turn", error: null });
      const request = await until("the model was asked", () => newestRequest(stage, next));
      const told = request.items.map((item) => item.text).join("\n");
      expect(told).toContain(prompt);
      expect(request.items.some((item) => item.type === "assistant" && item.text.includes(`begun outside as ${mark}`))).toBe(true);
      expect((await list(stage)).filter(({ title }) => title.includes(prompt))).toHaveLength(1);
    },
  };
}

function list({ bench }: Stage) {
  return bench.direct.operations["endpoints.native_sessions"]({ endpoint_id: ENDPOINT });
}

/** What it prints. */
async function runAlone({ command, args, env }: ReadyCli, cwd: string, more: readonly string[]): Promise<string> {
  const run = promisify(execFile)(command, [...args, ...more], { cwd, env: { ...process.env, ...env }, timeout: PATIENCE });
  run.child.stdin?.end();
  return (await run).stdout;
}
