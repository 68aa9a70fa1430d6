import { describe, expect, it } from "vitest";
import { fateOf, isSurprise, wouldWords } from "./rehearsal-words.ts";

describe("a rehearsed call", () => {
  it("is a surprise only where this rule would do the opposite of what somebody did", () => {
    const denied = fateOf({ state: "answered", option_kind: "reject_once" });
    const allowed = fateOf({ state: "answered", option_kind: "allow_always" });
    expect([denied, allowed, fateOf({ state: "open", option_kind: null })]).toEqual(["denied", "allowed", "other"]);
    expect(isSurprise({ fate: denied, effect: "allow" }, "allow")).toBe(true);
    expect(isSurprise({ fate: denied, effect: "deny" }, "allow")).toBe(false);
    expect(isSurprise({ fate: allowed, effect: "deny" }, "allow")).toBe(false);
    expect(isSurprise({ fate: allowed, effect: "deny" }, "deny")).toBe(true);
    expect(isSurprise({ fate: allowed, effect: "ask" }, "ask")).toBe(false);
    expect(isSurprise({ fate: "other", effect: "allow" }, "allow")).toBe(false);
  });

  it("says what would become of it, and when that is not the rule's own doing", () => {
    expect(wouldWords("allow", "allow")).toBe("would go ahead");
    expect(wouldWords("deny", "allow")).toBe("would be refused all the same");
    expect(wouldWords("ask", "allow")).toBe("would be asked all the same");
  });
});
