/** The bridge that makes an ACP agent of pi, which asks by the runtime's own gate. */
import { existsSync } from "node:fs";
import { expect } from "vitest";
import { describeAgent } from "./describe-agent.ts";
import { installCli } from "./ready.ts";
import { fileOf, newestRequest, type Scenario } from "./scenario.ts";

const OWN: readonly Scenario[] = [
  {
    name: "the gate shows the whole call, which is then one call and no other; reading goes unasked",
    async run(stage) {
      const talk = await stage.bench.talk();
      const file = fileOf(stage, "gated");
      const command = `touch ${file} && ls ${file}`;
      const prompt = `TOOL:bash:${command}`;
      const turn = talk.send(prompt);
      const question = await talk.asked();
      expect(question).toMatchObject({ tool: "bash", kind: "execute", title: command, input: { command }, subject: { command } });
      expect(existsSync(file)).toBe(false);
      await talk.answer("allow_once");
      expect(await talk.ended(turn)).toMatchObject({ stop_reason: "end_turn", error: null });
      const tools = talk.toolsOf(turn);
      expect(tools).toMatchObject([{ kind: "execute", title: command, status: "completed", input: { command } }]);
      expect(tools[0]?.tool_call_id).toBe(question.tool_call_id);
      const read = `READ:${file}`;
      expect(await talk.say(read)).toMatchObject({ stop_reason: "end_turn", error: null });
      expect(newestRequest(stage, read)?.prompt.results).toHaveLength(1);
      expect(talk.log().filter(({ type }) => type === "approval.requested")).toHaveLength(1);
    },
  },
];

describeAgent({
  name: "pi-acp",
  installed: await installCli("pi-acp"),
  block: ({ command, args, env }, work_dir) => ({ pi_acp: { command, args, env, work_dir } }),
  quirks: {
    tellsNewFiles: true,
    tellsOutput: true,
    steers: false,
    resumes: true,
  },
  own: OWN,
});
