/** Reading scripts, and which steps are due after how many tools have answered. */
import { describe, expect, it } from "vitest";
import { parseScript, type Step, stepsAfter } from "./script.ts";

function stepsOf(prompt: string): readonly Step[] {
  return parseScript(prompt)?.steps ?? [];
}

describe("a directive", () => {
  it.each<[string, Step]>([
    ["SAY: hello\\nyou", { type: "say", text: " hello\nyou" }],
    ["THINK:hm", { type: "think", text: "hm" }],
    ["DELAY:250", { type: "delay", ms: 250 }],
    ["HOLD: gate ", { type: "hold", name: "gate" }],
    ["TOOL:bash:echo a:b", { type: "tool", wish: { kind: "bash", command: "echo a:b", escalated: false } }],
    ["TOOL:bash:ESC:id", { type: "tool", wish: { kind: "bash", command: "id", escalated: true } }],
    ['TOOL:Grep:{"pattern":"x"}', { type: "tool", wish: { kind: "named", name: "Grep", input: { pattern: "x" } } }],
    ["WRITE:/a/b.txt:one\\n", { type: "tool", wish: { kind: "write", path: "/a/b.txt", content: "one\n" } }],
    ["EDIT:b.txt:one=>two", { type: "tool", wish: { kind: "edit", path: "b.txt", old: "one", new: "two" } }],
    ["READ:b.txt", { type: "tool", wish: { kind: "read", path: "b.txt" } }],
    ["STATUS:429", { type: "fault", fault: { kind: "status", status: 429, times: Number.POSITIVE_INFINITY } }],
    ["STATUS:500x1", { type: "fault", fault: { kind: "status", status: 500, times: 1 } }],
    ["MIDERR:", { type: "fault", fault: { kind: "error", status: 500, times: Number.POSITIVE_INFINITY } }],
    ["CUT:x2", { type: "fault", fault: { kind: "cut", status: 500, times: 2 } }],
    ["HANG:", { type: "fault", fault: { kind: "hang", status: 500, times: Number.POSITIVE_INFINITY } }],
  ])("%s", (line, step) => {
    expect(stepsOf(line)).toEqual([step]);
  });

  it.each(["STATUS:200", "DELAY:soon", "DELAY:-1", "CUT:often", "EDIT:a:b", "WRITE:a", "TOOL:Grep:[1]", "TOOL:bash:", "HOLD:"])(
    "%s is refused, naming it",
    (line) => {
      expect(() => parseScript(`SAY:x\n${line}`)).toThrow();
    },
  );

  it("stands on a line of its own or between semicolons, among lines that say nothing", () => {
    expect(stepsOf("Please:\n  SAY:a;;DELAY:1\r\nas fast as you can").map((step) => step.type)).toEqual(["say", "delay"]);
  });

  it("is not there in plain text", () => {
    expect(parseScript("SAY nothing: NOTE this")).toBeUndefined();
  });
});

describe("the steps that are due", () => {
  const due = (prompt: string, results: number) => {
    const script = parseScript(prompt);
    return script === undefined ? undefined : stepsAfter(script, results);
  };
  const types = (prompt: string, results: number) => due(prompt, results)?.steps.map((step) => step.type);

  it("reach to the next tool, and the last ones behind all tools", () => {
    const prompt = "SAY:a;;TOOL:bash:one;;HOLD:b;;TOOL:bash:two;;SAY:c";
    expect([0, 1, 2, 3].map((results) => types(prompt, results))).toEqual([["say", "tool"], ["hold", "tool"], ["say"], ["say"]]);
    expect([0, 1, 2].map((results) => due(prompt, results)?.last)).toEqual([false, false, true]);
  });

  it("are all the tools at once where the script says PAR", () => {
    const prompt = "PAR:;;TOOL:bash:one;;TOOL:bash:two;;SAY:c";
    expect([0, 1, 2].map((results) => types(prompt, results))).toEqual([["tool", "tool"], ["say"], ["say"]]);
  });

  it("are none behind a script that ends with a tool", () => {
    expect(due("TOOL:bash:one", 1)).toEqual({ steps: [], last: true });
  });
});
