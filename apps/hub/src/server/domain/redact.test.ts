/** Nothing of what people say to agents, no secret and no key reaches the audit trail, whatever an operation is called with. */
import { CONTRACTS, OPERATION_NAMES } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { deedOf, isAudited } from "./deeds.ts";
import { ANONYMOUS } from "./principal.ts";
import { MAX_DETAIL_BYTES, redact } from "./redact.ts";

const MARKER = "SECRETMARKER";

/** Fields that may be kept, because they name things, pick from a list, or are rules and reasons written for others to read. */
const OPEN = new Set([
  ...["session_id", "endpoint_id", "approval_id", "rule_id", "user_id", "message_id", "turn_id", "native_id", "option_id", "value_id"],
  ...["username", "role", "title", "effect", "scope", "attachments", "reason", "note", "kinds", "tool", "command", "path", "host"],
]);

interface Node {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly additionalProperties?: Node | boolean;
  readonly enum?: readonly unknown[];
}

/** An input with text in every place for text: a marker wherever content could stand. */
function fill(node: Node, name: string): unknown {
  if (node.enum !== undefined) return node.enum[0];
  if (node.type === "array") return [fill(node.items ?? {}, name)];
  if (node.type === "boolean") return true;
  if (node.type === "integer" || node.type === "number") return 7;
  if (node.type === "object" || node.properties !== undefined) {
    const further = typeof node.additionalProperties === "object" ? { [MARKER]: fill(node.additionalProperties, name) } : {};
    return { ...further, ...Object.fromEntries(Object.entries(node.properties ?? {}).map(([key, child]) => [key, fill(child, key)])) };
  }
  return OPEN.has(name) ? `open-${name}` : MARKER;
}

const inputs = OPERATION_NAMES.filter(isAudited).map((name) => {
  const schema = z.toJSONSchema(CONTRACTS[name].input, { io: "input", unrepresentable: "any" }) as Node;
  return [name, fill(schema, "")] as const;
});

describe("redact", () => {
  it("is tried with the texts of all operations", () => {
    expect(inputs.length).toBeGreaterThan(15);
    const marked = inputs.filter(([, input]) => JSON.stringify(input).includes(MARKER)).map(([name]) => name);
    expect(marked).toEqual(["users.create", "messages.send", "approvals.answer", "terminals.write"]);
  });

  it.each(inputs)("%s: keeps no content", (name, input) => {
    const deed = deedOf({ name, principal: ANONYMOUS, address: "", input });
    expect(JSON.stringify(deed)).not.toContain(MARKER);
  });

  it("keeps what tells the deed", () => {
    expect(redact({ session_id: "s", content: "hello there", attachments: ["f1"], steer: true })).toEqual({
      content: { size: 11 },
      attachments: ["f1"],
      steer: true,
    });
    const when = { command: ["git", "push", "**"], kinds: ["execute"] };
    expect(redact({ effect: "deny", scope: "everyone", note: "no pushes", when })).toEqual({
      effect: "deny",
      scope: "everyone",
      note: "no pushes",
      when,
    });
    expect(redact({ rule_id: "r", draft: { effect: "ask", when: { tool: "Bash" } }, enabled: false })).toEqual({
      rule_id: "r",
      draft: { effect: "ask", when: { tool: "Bash" } },
      enabled: false,
    });
  });

  it("takes a word of a rule for content anywhere else", () => {
    expect(redact({ command: "rm -rf", path: "/etc", env: { TOKEN: "x" }, when: "x", constructor: "x" })).toEqual({
      command: { size: 6 },
      path: { size: 4 },
      env: { size: 13 },
      when: { size: 1 },
      constructor: { size: 1 },
    });
    expect([redact("text"), redact(undefined), redact(null), redact(["text"])]).toEqual([{}, {}, {}, {}]);
  });

  it.each(["x", "ü", "\u0001", "€"])("stays within its bound, of the largest rule of %j too", (letter) => {
    const command = Array.from({ length: 64 }, () => letter.repeat(1_000));
    const texts = Object.fromEntries(["tool", "path", "host", "endpoint_id"].map((key) => [key, letter.repeat(1_000)]));
    const draft = {
      effect: "deny",
      scope: "mine",
      note: letter.repeat(200),
      when: { ...texts, command, kinds: Array(10).fill("execute") },
    };
    const detail = redact({ rule_id: "r".repeat(128), draft, enabled: true });
    expect(new TextEncoder().encode(JSON.stringify(detail)).length).toBeLessThanOrEqual(MAX_DETAIL_BYTES);
    expect(detail).not.toEqual({});
  });
});
