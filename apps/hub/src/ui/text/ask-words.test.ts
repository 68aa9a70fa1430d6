import { describe, expect, it } from "vitest";
import { commandOf, offerOf, quoteWord, summaryOf, wantsWords } from "./ask-words.ts";

const plain = { kind: null, title: "Do it?", subject: null, questions: [], plan: null, content: [] } as const;

describe("what an agent asks, in words", () => {
  it("names the act by its kind, and questions and plans before all", () => {
    expect(wantsWords({ ...plain, kind: "execute" })).toBe("wants to run a command");
    expect(wantsWords({ ...plain, kind: "other", subject: { command: "ls" } })).toBe("wants to run a command");
    expect(wantsWords(plain)).toBe("asks for permission");
    expect(wantsWords({ ...plain, plan: "1. look" })).toBe("has a plan and asks to begin");
    const question = { id: "q", question: "Which?", multiple: false, free_text: true, choices: [] };
    expect(wantsWords({ ...plain, questions: [question] })).toBe("has a question");
    expect(wantsWords({ ...plain, questions: [question, question] })).toBe("has 2 questions");
  });

  it("shows an argument list as it would have to be typed", () => {
    expect(commandOf({ command: ["git", "commit", "-m", "it's done", ""] })).toBe("git commit -m 'it'\\''s done' ''");
    expect(commandOf({ command: "echo $HOME | wc" })).toBe("echo $HOME | wc");
    expect(commandOf({})).toBeUndefined();
    expect(quoteWord("a;b")).toBe("'a;b'");
  });

  it("sums up in one line without cutting anything", () => {
    expect(summaryOf({ ...plain, subject: { command: "a &&\n  b" } })).toBe("a && b");
    const diff = { type: "diff", path: "/x/a.ts", change: "modified", patch: "", added: 1, removed: 0 } as const;
    expect(summaryOf({ ...plain, content: [diff] })).toBe("/x/a.ts");
    expect(summaryOf({ ...plain, content: [diff, diff, diff] })).toBe("/x/a.ts and 2 more");
    expect(summaryOf(plain)).toBe("Do it?");
  });

  it("puts what is offered once in front, and invents no option", () => {
    const always = { id: "a", kind: "allow_always", label: "Always" } as const;
    const once = { id: "o", kind: "allow_once", label: "Once" } as const;
    const never = { id: "n", kind: "reject_always", label: "Never" } as const;
    expect(offerOf([always, once, never])).toEqual({ allow: once, deny: never, others: [always] });
    expect(offerOf([always])).toEqual({ allow: always, deny: undefined, others: [] });
  });
});
