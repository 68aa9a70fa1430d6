import { type RuleDraft, ruleDraftSchema } from "@fairlead/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draftOf, EMPTY_RULE_FORM, formOf, splitWords } from "./rule-form.ts";

describe("a rule as somebody types it", () => {
  it("is the same rule again after a way through the form", () => {
    const word = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text.trim() === text && !text.includes("\n"));
    const when = fc.record(
      { command: fc.array(word, { minLength: 1, maxLength: 5 }), tool: word, host: word },
      { requiredKeys: ["command"] },
    );
    fc.assert(
      fc.property(when, fc.constantFrom("allow", "ask", "deny"), (conditions, effect) => {
        const draft: RuleDraft = ruleDraftSchema.parse({ effect, when: conditions });
        expect(draftOf(formOf(draft)).draft).toEqual(draft);
      }),
    );
  });

  it("splits a command as a shell does and says when a quote is left open", () => {
    expect(splitWords(`git commit -m "two words" it\\'s '' a'b'c`)).toEqual(["git", "commit", "-m", "two words", "it's", "", "abc"]);
    expect(splitWords("npm run **")).toEqual(["npm", "run", "**"]);
    expect(splitWords("echo 'x")).toBeUndefined();
    expect(draftOf({ ...EMPTY_RULE_FORM, command: "echo 'x" }).problem).toMatch(/not closed/);
  });

  it("needs something to go by, and a path from the root", () => {
    expect(draftOf(EMPTY_RULE_FORM).problem).toMatch(/at least one/);
    expect(draftOf({ ...EMPTY_RULE_FORM, path: "src/**" }).problem).toMatch(/slash/);
    expect(draftOf({ ...EMPTY_RULE_FORM, path: " /srv/** ", kinds: ["edit"] }).draft?.when).toEqual({ kinds: ["edit"], path: "/srv/**" });
  });
});
