import { readdirSync } from "node:fs";
import { agentEventSchema } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { play, type Recorded, readFixture, retyped } from "../../../test/acp-fixtures.ts";
import { nativeId, setUp, tell } from "../../../test/acp-harness.ts";
import { damagedStreams, everyCut, isRpcMessage } from "../../../test/fuzz-lines.ts";
import type { AdapterEvent } from "../contract.ts";

const RECORDINGS = readdirSync(new URL("fixtures/", import.meta.url)).map((file) => file.replace(".jsonl", ""));

/** Every event is valid, and no call is left open. */
function check(cut: string, events: readonly AdapterEvent[]): void {
  const open = new Set<string>();
  for (const event of events) {
    if (!agentEventSchema.safeParse(event).success) throw new Error(`${cut}: ${JSON.stringify(event)}`);
    if (event.type === "tool.started") open.add(event.tool_call_id);
    if (event.type === "tool.updated" && /completed|failed/.test(event.status ?? "")) open.delete(event.tool_call_id);
  }
  if (open.size > 0) throw new Error(`${cut}: ${[...open].join(", ")} stayed open`);
}

describe("streams cut at every byte", { timeout: 120_000 }, () => {
  it.each(RECORDINGS)("of %s make only valid events and leave no call open", (name) => {
    const recorded = readFixture(name);
    const told = recorded.filter(({ dir }) => dir === "<");
    const upTo = (agentLines: number) => {
      const next = told[agentLines];
      return next === undefined ? recorded : recorded.slice(0, recorded.indexOf(next));
    };
    const lines = told.map(({ msg }) => JSON.stringify(msg));
    for (const { name: cut, bytes } of everyCut(lines, isRpcMessage)) {
      const whole = bytes.toString("utf8").split("\n");
      const rest = whole.pop() ?? "";
      const last: Recorded[] = rest === "" ? [] : [{ dir: "<", msg: JSON.parse(rest) }];
      const { turns, between, unfinished } = play([...upTo(whole.length), ...last]);
      check(cut, [...between, ...turns.flatMap(({ events }) => events), ...unfinished]);
    }
  });
});

describe("damaged streams", () => {
  it.each(["claude-agent-acp-acp", "codex-acp-acp"])("of %s allow nothing, end nothing and leave the session usable", async (name) => {
    const { one, heard, host } = await setUp({ config: { fs: true, terminal: true } });
    await tell(one, "begin");
    // Without the recorded answers: they would answer our own requests.
    const told = readFixture(name)
      .filter(({ dir, msg }) => dir === "<" && msg.method !== undefined)
      .map(({ msg }) =>
        JSON.stringify("sessionId" in (msg.params ?? {}) ? { ...msg, params: { ...msg.params, sessionId: nativeId(one) } } : msg),
      );
    const pid = host.children();
    const damaged = [...damagedStreams(told, { cuts: 8, mixes: 12, seed: 7 })].map((one) => ({
      what: one.name,
      lines: one.bytes.toString("utf8").split("\n"),
    }));
    const odd = Array.from({ length: 8 }, (_, shift) => ({ what: `retyped ${shift}`, lines: retyped(told, shift) }));
    for (const { what, lines: stream } of [...damaged, ...odd]) {
      const result = await tell(one, ...stream.map((raw) => ({ raw })), "still here");
      expect(result, what).toMatchObject({ ok: true });
    }
    expect(one.text()).toContain("still here");
    expect(host.children()).toEqual(pid);
    expect(heard().filter((message) => JSON.stringify(message).includes('"selected"'))).toEqual([]);
    const ids = one.events
      .map((event) => (event.type === "approval.requested" ? event.approval_id : undefined))
      .filter((id) => id !== undefined);
    const withdrawn = one.events.map((event) => (event.type === "approval.withdrawn" ? event.approval_id : undefined));
    for (const id of ids) expect(withdrawn).toContain(id);
  });
});
