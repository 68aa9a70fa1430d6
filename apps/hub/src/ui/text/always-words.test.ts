import type { ApprovalOption } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { outcomeOfSaving } from "./always-words.ts";

const ALLOW: ApprovalOption = { id: "yes", kind: "allow_once", label: "Allow" };
const DENY: ApprovalOption = { id: "no", kind: "reject_once", label: "Deny" };
const NEVER: ApprovalOption = { id: "never", kind: "reject_always", label: "Never" };

describe("a rule saved from a question", () => {
  it("does with the question what the rule says, never anything else", () => {
    expect(outcomeOfSaving("allow", [ALLOW, DENY])).toMatchObject({ action: "Save rule and allow", option: ALLOW });
    expect(outcomeOfSaving("deny", [ALLOW, DENY])).toMatchObject({ action: "Save rule and deny", option: DENY });
    expect(outcomeOfSaving("ask", [ALLOW, DENY])).toMatchObject({ action: "Save rule", option: undefined });
  });

  it("only saves where the agent takes no such answer for this once", () => {
    expect(outcomeOfSaving("deny", [ALLOW, NEVER])).toMatchObject({ action: "Save rule", option: undefined });
  });
});
