import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AgentEvent, agentEventSchema } from "@fairlead/protocol";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Damaged, damagedStreams, everyCut } from "../../../test/fuzz-lines.ts";
import { DONE, setUpPi } from "../../../test/pi-harness.ts";
import { createLineSplitter } from "../../process/lines.ts";
import { isGatePresence, readGateQuestion } from "../pi-gate.ts";
import { createTranslator } from "./translate.ts";
import { createTurnWatch } from "./turn-watch.ts";
import { decodeLine, type NativeMessage } from "./wire.ts";

const PLACE = { cwd: "/home/user/project", home: "/home/user" };

/** What pi said in a recording (an object a line: direction and message). */
function recorded(name: string): string[] {
  return readFileSync(new URL(`fixtures/${name}.jsonl`, import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { dir: string; msg: unknown })
    .filter(({ dir, msg }) => dir === "<" && typeof msg === "object")
    .map(({ msg }) => JSON.stringify(msg));
}

function decoded(lines: readonly string[]): NativeMessage[] {
  return lines.map((line) => {
    const result = decodeLine(line);
    if (!result.ok) throw new Error(result.text);
    return result.message;
  });
}

/** The turns of a recording: from one `agent_start` to what comes before the next prompt's answer. */
function turns(name: string): { events: AgentEvent[]; ending: string | undefined; error: string | undefined }[] {
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `t${ids}`;
  };
  const translator = createTranslator({ place: PLACE, newId, preview: () => [] });
  const all: { events: AgentEvent[]; ending: string | undefined; error: string | undefined }[] = [];
  let events: AgentEvent[] = [];
  const finish = () => {
    events.push(...translator.endTurn());
    if (events.length > 0 || translator.ending() !== undefined)
      all.push({ events, ending: translator.ending()?.stop_reason, error: translator.ending()?.error });
    events = [];
    translator.beginTurn(1_000);
  };
  for (const message of decoded(recorded(name))) {
    if (message.type === "response" && message.command === "prompt" && message.success) finish();
    events.push(...translator.receive(message));
  }
  finish();
  for (const event of all.flatMap((turn) => turn.events)) expect(agentEventSchema.safeParse(event).error).toBeUndefined();
  return all;
}

function text(events: readonly AgentEvent[], kind: "answer" | "thought"): string {
  return events.flatMap((event) => (event.type === "message.delta" && event.kind === kind ? [event.text] : [])).join("");
}

function callsOf(events: readonly AgentEvent[]) {
  return events.flatMap((event) =>
    event.type === "tool.started" ? [`${event.tool} ${event.status}`] : event.type === "tool.updated" && event.status ? [event.status] : [],
  );
}

describe("a recording of pi 0.73", () => {
  const all = turns("pi-073");
  const [hello, think, run, denied, edit, write, read, auth, cut, stopped] = all.map(({ events }) => events);

  it("gives the words", () => {
    expect(all).toHaveLength(10);
    expect(text(hello ?? [], "answer")).toBe("ECHO: hello pi");
    expect(text(think ?? [], "thought")).toBe("pondering");
    expect(text(think ?? [], "answer")).toBe("x");
    expect(all.slice(0, 2).map(({ ending }) => ending)).toEqual(["stop", "stop"]);
  });

  it("gives the calls, from the first mention to the end", () => {
    expect(callsOf(run ?? [])).toEqual(["bash pending", "in_progress", "failed"]);
    expect(run?.filter((event) => event.type === "tool.delta").map((event) => event.text)).toEqual([
      "RAN\n",
      "\n\nCommand exited with code 3",
    ]);
    expect(run?.find((event) => event.type === "tool.updated" && event.status === "failed")).toMatchObject({ exit_code: 3 });
    expect(callsOf(denied ?? [])).toEqual(["bash pending", "in_progress", "failed"]);
    for (const done of [edit, write, read])
      expect(callsOf(done ?? [])).toEqual([expect.stringMatching(/pending$/), "in_progress", "completed"]);
    expect(edit?.find((event) => event.type === "tool.updated")).toMatchObject({
      title: "Edit README.md",
      locations: [{ path: "/home/user/project/README.md" }],
    });
    expect(read?.find((event) => event.type === "tool.updated" && event.status === "completed")).toMatchObject({
      content: [{ type: "text", text: "# demo\ngoodbye\n" }],
    });
    expect(callsOf(stopped ?? [])).toEqual(["bash pending", "in_progress", "failed"]);
  });

  it("gives the failures", () => {
    expect(auth).toEqual([]);
    expect(all[7]).toMatchObject({ ending: "error", error: expect.stringMatching(/^401/) });
    expect(cut?.filter((event) => event.type === "notice")).toMatchObject([
      { code: "retrying", text: "pi tries again in 2 s (1 of 3): terminated" },
    ]);
    expect(all.at(-1)).toMatchObject({ ending: "aborted" });
  });
});

describe("a recording of pi 1.5", () => {
  const all = turns("pi-15");

  it("gives words, calls and stops", () => {
    expect(text(all[0]?.events ?? [], "answer")).toBe("ECHO: hello pi");
    expect(text(all[1]?.events ?? [], "thought")).toBe("pondering deeply");
    expect(callsOf(all[2]?.events ?? [])).toEqual(["bash pending", "in_progress", "completed"]);
    expect(all[2]?.events.filter((event) => event.type === "tool.delta")).toMatchObject([{ text: "RAN\n" }]);
    expect(callsOf(all[3]?.events ?? [])).toEqual(["bash pending", "in_progress", "failed"]);
    expect(callsOf(all[6]?.events ?? [])).toEqual(["bash pending", "bash pending", "in_progress", "in_progress", "completed", "completed"]);
    expect(all.map(({ ending }) => ending).filter((ending) => ending === "aborted")).toHaveLength(3);
  });

  it("gives usage of each turn alone", () => {
    const usage = all.map(({ events }) => events.flatMap((event) => (event.type === "usage.updated" ? [event.usage] : [])).at(-1));
    expect(usage[0]).toEqual({ input_tokens: 25, output_tokens: 4, cached_tokens: 0, context_tokens: 29, context_size: 1_000 });
    expect(usage[1]?.input_tokens).toBeLessThan(100);
  });
});

describe.each(["pi-073", "pi-15"])("a damaged %s", (name) => {
  const lines = recorded(name);

  function check({ name: damage, bytes }: Damaged): void {
    const translator = createTranslator({ place: PLACE, newId: () => "t", preview: () => [] });
    const watch = createTurnWatch({ state: () => Promise.reject(new Error("gone")), onEnd: () => undefined });
    const events: AgentEvent[] = [];
    const splitter = createLineSplitter({
      max_bytes: 1024 * 1024,
      onTooLong: () => undefined,
      onLine(line) {
        const result = decodeLine(line);
        if (!result.ok) return;
        if (result.message.type === "extension_ui_request") {
          // Nobody else knows the secret, however the line was damaged.
          expect(readGateQuestion(result.message, "the real secret")).toBeUndefined();
          expect(isGatePresence(result.message, "the real secret")).toBe(false);
        }
        events.push(...translator.receive(result.message));
        watch.receive(result.message);
      },
    });
    splitter.write(bytes);
    splitter.end();
    events.push(...translator.endTurn());
    for (const event of events) if (!agentEventSchema.safeParse(event).success) throw new Error(`${damage}: ${JSON.stringify(event)}`);
  }

  it("never makes the reader throw, ask or say something invalid, at whichever byte it is cut", () => {
    for (const cut of everyCut(lines, (piece) => decodeLine(piece).ok)) check(cut);
  }, 120_000);

  it("never makes the reader throw, ask or say something invalid, however its lines are spoilt", () => {
    let versions = 0;
    for (const damaged of damagedStreams(lines, { cuts: 60, mixes: 60 })) {
      check(damaged);
      versions += 1;
    }
    expect(versions).toBeGreaterThanOrEqual(120);
  });

  it("leaves a session that allows nothing and goes on", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fairlead-test-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const heard = join(folder, "heard");
    const env = { FAKE_PI: "new", PI_CODING_AGENT_DIR: folder, FAKE_PI_HEARD: heard };
    // Nothing of the recording must ask here, so that its calls do not end the process before its questions are answered.
    const { one } = await setUpPi({ config: { env, ask: ["nothing"] } });
    for (const { bytes } of damagedStreams(lines, { cuts: 8, mixes: 12 })) {
      // A stream that ends in mid-message leaves the turn open: then it is stopped.
      const stop = new AbortController();
      const limit = setTimeout(() => stop.abort(), 500);
      await one.run(JSON.stringify([{ raw: bytes.toString("utf8") }, { raw: "" }]), stop.signal);
      clearTimeout(limit);
    }
    expect(await one.run("and now?")).toMatchObject(DONE);
    expect(one.text("answer")).toContain("before: and now?");
    const answers = readFileSync(heard, "utf8").trim().split("\n");
    expect(answers.length).toBeGreaterThan(10);
    for (const answer of answers)
      expect(JSON.parse(answer)).toEqual({ type: "extension_ui_response", id: expect.any(String), cancelled: true });
  }, 60_000);
});
