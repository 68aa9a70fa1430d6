/** Scenarios of the answers that only Codex offers: a lasting rule of its own, and a refusal that ends the turn. */
import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { fileOf, type Scenario, toldSince } from "./scenario.ts";
import { answerTo } from "./talk.ts";

export const CODEX_DECISIONS: readonly Scenario[] = [
  {
    name: "the rule that Codex proposes lets such commands run unasked and unsandboxed, in other sessions too",
    async run(stage) {
      // Beside the working directory, where Codex's sandbox lets nothing be written.
      const file = join(dirname(stage.bench.work), `${stage.mark}-ruled`);
      const talk = await stage.bench.talk();
      const turn = talk.send(`TOOL:bash:ESC:touch ${file}`);
      const { options } = await talk.answer("allow_always");
      expect(options.map(({ kind, label }) => [kind, label])).toEqual([
        ["allow_once", "Allow once"],
        ["allow_always", `Always allow, unsandboxed: touch ${file} …`],
        ["reject_once", "Deny"],
        ["reject_once", "Deny and stop the turn"],
      ]);
      expect(await talk.ended(turn)).toMatchObject({ stop_reason: "end_turn", error: null });
      expect(existsSync(file)).toBe(true);
      rmSync(file);
      const later = await stage.bench.talk();
      expect(await later.say(`TOOL:bash:touch ${file}`)).toMatchObject({ stop_reason: "end_turn", error: null });
      expect(later.log().filter((event) => event.type === "approval.requested")).toEqual([]);
      expect(existsSync(file)).toBe(true);
    },
  },
  {
    name: "a refusal that stops the turn stops it, and the next message brings the reason",
    async run(stage) {
      const talk = await stage.bench.talk();
      const file = fileOf(stage, "refused");
      const turn = talk.send(`TOOL:bash:touch ${file}`);
      const question = await talk.asked();
      await talk.session.answer(question.approval_id, answerTo(question, "cancel", "not on a Friday"));
      expect(await talk.ended(turn)).toMatchObject({ stop_reason: "cancelled", error: null });
      expect(existsSync(file)).toBe(false);
      const next = "SAY:still here";
      expect(await talk.say(next)).toMatchObject({ stop_reason: "end_turn", error: null });
      expect(stage.bench.model.requests.at(-1)?.prompt.text).toContain("not on a Friday");
      expect(toldSince(stage, next)).toEqual([]);
    },
  },
];
