import { describe, expect, it } from "vitest";
import { readFixture, retyped } from "../../../test/acp-fixtures.ts";
import { nativeId, setUp, tell } from "../../../test/acp-harness.ts";
import { damagedStreams } from "../../../test/fuzz-lines.ts";

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
