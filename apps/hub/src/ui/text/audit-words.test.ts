import { AUDITED_DEEDS, CONTRACTS, type Contract, OPERATION_NAMES } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { actorWords, agentIn, DEED_KINDS, deedWords, outcomeWords } from "./audit-words.ts";

const say = (operation: string, detail: Readonly<Record<string, unknown>> = {}) => deedWords({ operation, detail }, new Map());
const leavesEntry = (contract: Contract) => contract.kind === "mutation" && contract.audited !== false;
const all = [...OPERATION_NAMES.filter((name) => leavesEntry(CONTRACTS[name])), ...AUDITED_DEEDS, "auth.login"];

describe("a deed in plain words", () => {
  it.each(all)("%s has words and a kind, whatever is kept of it", (operation) => {
    expect(say(operation)).toMatch(/^[A-Z][a-z]+/);
    expect(say(operation)).not.toContain("undefined");
    expect(DEED_KINDS.some(([prefix]) => prefix !== "" && operation.startsWith(prefix))).toBe(true);
  });

  it("says what was wanted", () => {
    expect(say("users.create", { username: "carol", role: "admin" })).toBe("Add the user carol as an admin");
    expect(say("messages.send", { content: { size: 1 } })).toBe("Send a message of 1 character");
    expect(say("messages.send", { content: { size: 1_200 }, attachments: ["a", "b"] })).toBe(
      "Send a message of 1,200 characters with 2 files",
    );
    expect(say("terminals.write", { data: { size: 3 } })).toBe("Type 3 characters into the terminal");
    expect(say("approvals.answer", { option_id: "no", reason: "too wide" })).toBe("Answer an agent with no: “too wide”");
    expect(say("rules.update", { rule_id: "r", enabled: false })).toBe("Switch a rule off");
    expect(say("files.download", { name: "a.cast", size: 1_400, recording: true })).toBe("Play or download the recording a.cast (1.4 kB)");
  });

  it("tells a rule by its sentence while it is whole", () => {
    const draft = { effect: "deny", scope: "everyone", when: { command: ["git", "push", "**"] } };
    expect(say("rules.create", draft)).toBe("Add a rule: Deny git push ** in any agent for everyone");
    expect(say("rules.update", { rule_id: "r", draft })).toBe("Change a rule to: Deny git push ** in any agent for everyone");
    expect(say("rules.create", { size: 70_000 })).toBe("Add a rule: its text was too long to keep");
  });

  it("calls agents by their names, where they are known", () => {
    const names = new Map([["claude", "Claude at work"]]);
    const named = (operation: string, detail: Readonly<Record<string, unknown>>) => deedWords({ operation, detail }, names);
    expect(named("sessions.create", { endpoint_id: "claude" })).toBe("Start a session with Claude at work");
    expect(named("sessions.create", { endpoint_id: "gone" })).toBe("Start a session with gone");
    expect(named("terminals.open", { endpoint_id: "claude" })).toBe("Open a terminal with Claude at work");
    const draft = { effect: "allow", when: { endpoint_id: "claude" } };
    expect(named("rules.create", draft)).toBe("Add a rule: Allow every call in agent Claude at work in my sessions");
    expect(named("rules.update", { draft })).toBe("Change a rule to: Allow every call in agent Claude at work in my sessions");
    expect(agentIn({ endpoint_id: "claude" })).toBe("claude");
    expect(agentIn(draft)).toBe("claude");
    expect(agentIn({ draft })).toBe("claude");
    expect(agentIn({ title: "x" })).toBeUndefined();
  });

  it("calls what it does not know by its name", () => {
    expect(say("things.do")).toBe("things.do");
    expect(say("constructor")).toBe("constructor");
  });
});

it("says who", () => {
  expect(actorWords({ kind: "user", id: "u", name: "ann" })).toBe("ann");
  expect(actorWords({ kind: "runtime", id: "r", name: "Workbench" })).toBe("Workbench (runtime)");
  expect(actorWords({ kind: "stranger", id: null, name: "eve" })).toBe("Somebody as “eve”");
});

it("says what became of it", () => {
  expect(outcomeWords("OK")).toEqual({ text: "Done", tone: "plain" });
  expect(outcomeWords(null)).toEqual({ text: "Outcome not known", tone: "wait" });
  expect(outcomeWords("FORBIDDEN")).toEqual({ text: "Not allowed", tone: "bad" });
  expect(outcomeWords("SOMETHING_NEW")).toEqual({ text: "SOMETHING_NEW", tone: "bad" });
});
