/** Scenarios of questions: allowed, rejected, asked over an outage, answered by two. */
import { existsSync, readFileSync } from "node:fs";
import { expect } from "vitest";
import { until } from "../harness/until.ts";
import { fileOf, newestRequest, type Scenario, type Stage, toldSince } from "./scenario.ts";
import { answerTo } from "./talk.ts";

export const APPROVALS: readonly Scenario[] = [
  {
    name: "an allowed command runs, and its output reaches the model",
    isEssential: true,
    fits: ({ runsUnasked }) => runsUnasked !== true,
    async run(stage) {
      const talk = await stage.bench.talk();
      const file = fileOf(stage, "allowed");
      const prompt = `TOOL:bash:touch ${file} && expr 4000 + 242`;
      const turn = talk.send(prompt);
      const question = await talk.answer("allow_once");
      expect(JSON.stringify([question.title, question.input, question.subject])).toContain(file);
      expect(await talk.ended(turn)).toMatchObject({ stop_reason: "end_turn", error: null });
      const [tool] = talk.toolsOf(turn);
      expect(tool).toMatchObject({ kind: "execute", status: "completed" });
      const told = `${tool?.output.toString()} ${JSON.stringify(tool?.content)}`;
      expect(told.includes("4242")).toBe(stage.quirks.tellsOutput);
      expect(existsSync(file)).toBe(true);
      expect(newestRequest(stage, prompt)?.prompt.results).toEqual([expect.stringContaining("4242")]);
      expect(talk.answerOf(turn)).toContain("DONE: 1 tool result(s)");
    },
  },
  {
    name: "a rejected command does not run, and the model hears why",
    isEssential: true,
    fits: ({ runsUnasked }) => runsUnasked !== true,
    async run(stage) {
      const talk = await stage.bench.talk();
      const file = fileOf(stage, "rejected");
      const prompt = `TOOL:bash:touch ${file}`;
      const turn = talk.send(prompt);
      await talk.answer("reject_once", "not on a Friday");
      expect(await talk.ended(turn)).toMatchObject({ stop_reason: "end_turn", error: null });
      expect(existsSync(file)).toBe(false);
      expect(talk.toolsOf(turn).map((tool) => tool.status)).not.toContain("completed");
      expect(toldSince(stage, prompt).join("\n")).toContain("not on a Friday");
      expect(await talk.say("SAY:still here")).toMatchObject({ stop_reason: "end_turn" });
    },
  },
  {
    name: "two devices answer at once: one wins, the other is told who did",
    async run(stage) {
      const talk = await stage.bench.talk();
      const other = await stage.bench.join(talk);
      const turn = talk.send(`TOOL:bash:touch ${fileOf(stage, "raced")}`);
      const [question] = await Promise.all([talk.asked(), other.asked()]);
      const allow = question.options.find((option) => option.kind === "allow_once")?.id ?? "";
      const answers = await Promise.allSettled(
        [talk, other].map((each) => each.session.answer(question.approval_id, answerTo(question, allow))),
      );
      expect(answers.map((answer) => answer.status).sort()).toEqual(["fulfilled", "rejected"]);
      const refused = answers.find((answer) => answer.status === "rejected");
      expect(refused?.reason).toMatchObject({ code: "CONFLICT", message: expect.stringContaining("admin answered this already") });
      expect(await talk.ended(turn)).toMatchObject({ stop_reason: "end_turn" });
      expect(talk.log().filter((event) => event.type === "approval.resolved")).toHaveLength(1);
      expect(existsSync(fileOf(stage, "raced"))).toBe(true);
    },
  },
  {
    name: "a question survives kill -9 of the hub, and the answer reaches a runtime that was away when it was given",
    async run(stage) {
      const { world } = stage.bench;
      const talk = await stage.bench.talk();
      const file = fileOf(stage, "outlived");
      const turn = talk.send(`TOOL:bash:touch ${file}`);
      const { approval_id } = await talk.asked();
      await world.hub.kill9();
      await world.hub.start();
      await until("live again", () => talk.session.store.get().caught_up);
      expect((await talk.asked()).approval_id).toBe(approval_id);
      world.runtimeLink.block();
      await until("the runtime is away", async () => !(await isOnline(stage)));
      await talk.answer("allow_once");
      expect(existsSync(file)).toBe(false);
      world.runtimeLink.resume();
      expect(await talk.ended(turn)).toMatchObject({ stop_reason: "end_turn", error: null });
      expect(existsSync(file)).toBe(true);
    },
  },
  {
    name: "a file is written and edited once that is allowed",
    isEssential: true,
    fits: ({ showsNewFiles }) => showsNewFiles !== false,
    async run(stage) {
      const { bench, quirks } = stage;
      const talk = await bench.talk();
      const file = fileOf(stage, "edited.txt");
      const turn = talk.send(`WRITE:${file}:one\\ntwo\\n;;EDIT:${file}:two=>three`);
      const question = await talk.asked();
      expect(JSON.stringify([question.title, question.content, question.input])).toContain("edited.txt");
      expect(existsSync(file)).toBe(false);
      expect(await talk.allowAll(turn)).toMatchObject({ stop_reason: "end_turn", error: null });
      expect(readFileSync(file, "utf8").trimEnd()).toBe("one\nthree");
      const diffs = talk.toolsOf(turn).flatMap((tool) => tool.content.filter((content) => content.type === "diff"));
      expect(diffs.map(({ change, added, removed }) => ({ change, added, removed }))).toEqual([
        { change: quirks.tellsNewFiles ? "created" : "modified", added: 2, removed: 0 },
        { change: "modified", added: 1, removed: 1 },
      ]);
      expect(diffs[1]?.patch).toContain("-two\n+three");
      expect(talk.toolsOf(turn).map((tool) => [tool.kind, tool.status])).toEqual([
        ["edit", "completed"],
        ["edit", "completed"],
      ]);
    },
  },
];

async function isOnline({ bench }: Stage): Promise<boolean> {
  return (await bench.direct.operations["endpoints.list"]({})).every((endpoint) => endpoint.online);
}
