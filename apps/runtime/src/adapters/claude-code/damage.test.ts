import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentEventSchema, claudeCodeConfigSchema } from "@fairlead/protocol";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHost } from "../../../test/adapter-host.ts";
import { DONE, recording, script, setUpClaude } from "../../../test/claude-harness.ts";
import { type Damaged, damagedStreams, everyCut } from "../../../test/fuzz-lines.ts";
import { createLineSplitter } from "../../process/lines.ts";
import type { AdapterEvent, TurnResult } from "../contract.ts";
import { createControl } from "./control.ts";
import { createConversation } from "./conversation.ts";
import { createOptions } from "./options.ts";
import { decodeLine } from "./wire.ts";

/** What a conversation makes of an output of Claude Code, whatever it is, with its turn ended by the end of the process. */
async function receive(bytes: Buffer): Promise<{ events: AdapterEvent[]; sent: string[]; result: TurnResult; asked: Set<string> }> {
  const events: AdapterEvent[] = [];
  const sent: string[] = [];
  const asked = new Set<string>();
  const control = createControl((line) => sent.push(line));
  const agent = {
    control,
    initialized: Promise.resolve({}),
    ended: Promise.resolve(),
    isUsable: () => true,
    hasLostConversation: () => false,
    write: (line: string) => void sent.push(line),
    readThrough: () => undefined,
    kill: async () => undefined,
    close: async () => undefined,
  };
  const conversation = createConversation({
    agent,
    options: createOptions(claudeCodeConfigSchema.parse({}), {}),
    host: createHost(),
    place: { cwd: "/home/user/project", home: "/home/user" },
    isResumed: false,
    emit: (event) => events.push(event) > 0,
    notice: (level, code, text) => events.push({ type: "notice", level, code, text }) > 0,
    onIdentity: () => undefined,
  });
  const turn = conversation.run("go", new AbortController().signal);
  const lines = createLineSplitter({
    onLine(line) {
      const decoded = decodeLine(line);
      if (!decoded.ok) return;
      if (decoded.message.type === "control_request") asked.add(decoded.message.request_id);
      if (decoded.message.type === "control_response") control.settle(decoded.message);
      else conversation.receive(decoded.message);
    },
    onTooLong: () => undefined,
  });
  lines.write(bytes);
  lines.end();
  control.end("gone");
  conversation.end({ kind: "exit", message: "gone" });
  return { events, sent, result: await turn, asked };
}

/** Calls without a final status and questions that were neither answered nor withdrawn. */
function leftOpen(events: readonly AdapterEvent[]): string[] {
  const open = new Set<string>();
  for (const event of events) {
    if (event.type === "tool.started") open.add(event.tool_call_id);
    if (event.type === "tool.updated" && /completed|failed/.test(event.status ?? "")) open.delete(event.tool_call_id);
    if (event.type === "approval.requested") open.add(event.approval_id);
    if (event.type === "approval.withdrawn") open.delete(event.approval_id);
  }
  return [...open];
}

/** The recordings of the real Claude Code. */
const RECORDINGS = readdirSync(new URL("fixtures/", import.meta.url)).map((file) => file.replace(".jsonl", ""));

async function check({ name: damage, bytes }: Damaged): Promise<void> {
  const { events, sent, asked } = await receive(bytes);
  expect(
    sent.filter((line) => line.includes('"allow"')),
    damage,
  ).toEqual([]);
  const invalid = events.filter((event) => !agentEventSchema.safeParse(event).success);
  expect(invalid, damage).toEqual([]);
  expect(leftOpen(events), damage).toEqual([]);
  const requests = events.filter((event) => event.type === "approval.requested").length;
  const refusals = events.filter((event) => event.type === "notice" && event.code === "unknown_request").length;
  expect(requests + refusals, damage).toBeGreaterThanOrEqual(asked.size);
}

describe.each(RECORDINGS)(
  "the recording %s never throws, allows nothing, leaves nothing open and makes only valid events",
  { timeout: 120_000 },
  (name) => {
    it("cut at every byte", async () => {
      for (const cut of everyCut(recording(name), (piece) => decodeLine(piece).ok)) await check(cut);
    });

    it("damaged in every way", async () => {
      for (const damaged of damagedStreams(recording(name), { cuts: 150, mixes: 150 })) await check(damaged);
    });
  },
);

describe("a process that writes damaged lines", () => {
  it("keeps its session usable", async () => {
    const { one } = await setUpClaude();
    const folder = mkdtempSync(join(tmpdir(), "fairlead-test-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    let number = 0;
    for (const { bytes } of damagedStreams(recording("steer"), { cuts: 2, mixes: 8, seed: 7 })) {
      const path = join(folder, String(number));
      // What others' ids and modes say is another matter: here only lines that concern no turn of ours.
      writeFileSync(
        path,
        bytes.toString("utf8").replaceAll('"type":"result"', '"type":"outcome"').replaceAll("control_request", "control_question"),
      );
      expect(await script(one, { file: path }, "said")).toEqual(DONE);
      expect(await one.run(`still here ${number}`)).toEqual(DONE);
      expect(one.text("answer")).toContain(`heard: still here ${number}`);
      number += 1;
    }
    expect(number).toBeGreaterThanOrEqual(10);
  });
});
