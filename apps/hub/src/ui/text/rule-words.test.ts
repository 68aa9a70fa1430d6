import type { RuleDraft } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { cautionOf, ruleSentence, sentenceText } from "./rule-words.ts";

const draft = (change: Partial<RuleDraft>): RuleDraft => ({
  effect: "allow",
  when: { command: ["git", "status"] },
  note: "",
  scope: "mine",
  ...change,
});
const sentence = (change: Partial<RuleDraft>, agent?: string) => sentenceText(ruleSentence(draft(change), agent));

describe("a rule in plain words", () => {
  it("says what, where and for whom", () => {
    expect(sentence({ when: { command: ["git", "status"], endpoint_id: "claude" } }, "Claude")).toBe(
      "Allow git status in agent Claude in my sessions",
    );
    expect(sentence({ effect: "deny", when: { command: ["rm", "**"] }, scope: "everyone" })).toBe("Deny rm ** in any agent for everyone");
    expect(sentence({ when: { kinds: ["edit", "delete", "move"], path: "/srv/site/**" } })).toBe(
      "Allow changing files, deleting and moving under /srv/site/** in any agent in my sessions",
    );
    expect(sentence({ effect: "ask", when: { kinds: ["fetch"], host: "*.example.com" } })).toBe(
      "Ask about reaching the network at host *.example.com in any agent in my sessions",
    );
    expect(sentence({ when: { tool: "WebSearch" } })).toBe("Allow every call of tool WebSearch in any agent in my sessions");
    expect(sentenceText(ruleSentence({ effect: "deny", when: { command: ["rm", "**"] } }, undefined))).toBe("Deny rm ** in any agent");
    expect(sentence({ when: { command: ["git", "commit", "-m", "two words"] } })).toContain("git commit -m 'two words'");
  });

  it("warns of rules that are wider than they look", () => {
    expect(cautionOf(draft({}))).toBe("");
    expect(cautionOf(draft({ when: { command: ["git", "**"] } }))).toMatch(/any arguments/);
    expect(cautionOf(draft({ when: { command: ["*", "x"] } }))).toMatch(/any program/);
    expect(cautionOf(draft({ when: { kinds: ["edit"] } }))).toMatch(/Neither/);
    expect(cautionOf(draft({ when: { path: "/**" } }))).toMatch(/whole file system/);
    expect(cautionOf(draft({ when: { kinds: ["execute", "edit"], path: "/work/**" } }))).toMatch(/No command is allowed/);
    expect(cautionOf(draft({ when: { kinds: ["execute"], command: ["ls"], path: "/work/**" } }))).toBe("");
    expect(cautionOf(draft({ effect: "deny", when: { tool: "Bash" } }))).toBe("");
  });
});
