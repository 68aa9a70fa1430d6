/** What is answered to a conversation, and which of an agent's tools is called for it. */
import { describe, expect, it } from "vitest";
import type { ConversationItem, ModelRequest, OfferedTool } from "./conversation.ts";
import { cutInto, replyTo } from "./reply.ts";

function tool(
  name: string,
  properties: readonly string[],
  more: Partial<OfferedTool> & { required?: readonly string[] } = {},
): OfferedTool {
  const { required = [], ...rest } = more;
  const schema = { type: "object", properties: Object.fromEntries(properties.map((each) => [each, { type: "string" }])), required };
  return { name, kind: "function", schema, ...rest };
}

const TOOLS = [
  tool("Bash", ["command", "description"], { required: ["command", "description"] }),
  tool("Write", ["file_path", "content"]),
  tool("Edit", ["file_path", "old_string", "new_string"]),
  tool("Read", ["file_path"]),
];

function request(items: readonly ConversationItem[], more: Partial<ModelRequest> = {}): ModelRequest {
  return { dialect: "openai-chat", model: "mock-model", stream: true, tools: TOOLS, schema: undefined, items, ...more };
}

const user = (text: string): ConversationItem => ({ type: "user", text });
const result = (text: string): ConversationItem => ({ type: "result", call_id: "1", text });
const textOf = (asked: ModelRequest) => replyTo(asked).pieces.map((piece) => (piece.type === "text" ? piece.text : piece.type));

describe("a reply", () => {
  it("repeats what is no script", () => {
    expect(textOf(request([user("hello")]))).toEqual(["ECHO: hello"]);
  });

  it("reports the tools that answered, with the last answer", () => {
    const items = [user("TOOL:bash:ls;;TOOL:bash:id"), result("a.txt"), { type: "assistant" as const, text: "on" }, result("denied: no")];
    expect(textOf(request(items))).toEqual(["DONE: 2 tool result(s); last=denied: no"]);
  });

  it("follows the newest prompt, also one that an agent put behind a tool's result", () => {
    expect(textOf(request([user("TOOL:bash:ls"), result("x"), user("[Request interrupted by user]"), user("and now?")]))).toEqual([
      "ECHO: and now?",
    ]);
  });

  it("begins the script anew where it is asked to go on with the task", () => {
    const items = [user("TOOL:bash:ls"), result("interrupted"), user("You were away.\nGo on with the task where you stopped.")];
    expect(textOf(request(items))).toEqual(["call"]);
    expect(textOf(request([...items, result("a.txt")]))).toEqual(["DONE: 1 tool result(s); last=a.txt"]);
  });

  it("does not take an agent's own remarks for a prompt", () => {
    const items = [user("<env>\nSAY:wrong\n</env>\nTOOL:bash:ls"), result("x"), user("<system-reminder>be nice</system-reminder>")];
    expect(textOf(request(items))).toEqual(["DONE: 1 tool result(s); last=x"]);
  });

  it("calls no tool and counts no fault where none is offered", () => {
    const asked = request([user("TOOL:bash:ls;;STATUS:500")], { tools: [] });
    expect(replyTo(asked).fault).toBeUndefined();
    expect(textOf(asked)).toEqual(["ECHO: TOOL:bash:ls;;STATUS:500"]);
  });

  it("is the smallest instance of a schema where one is asked for", () => {
    const schema = {
      type: "object",
      required: ["title", "kind", "score", "tags"],
      properties: {
        title: { type: "STRING" },
        kind: { enum: ["a", "b"] },
        score: { type: "integer", minimum: 3 },
        tags: { type: "array" },
      },
    };
    expect(textOf(request([user("SAY:no")], { schema }))).toEqual(['{"title":"","kind":"a","score":3,"tags":[]}']);
  });

  it("names what is offered where no tool fits", () => {
    expect(() => replyTo(request([user('TOOL:Nothing:{"a":1}')]))).toThrow(/no tool for .*Nothing.* among Bash, Write, Edit, Read/);
  });

  it("has the same key at every attempt, and another one after a result", () => {
    const keys = [[user("CUT:x1")], [user("CUT:x1")], [user("CUT:x1"), result("x")]].map((items) => replyTo(request(items)).key);
    expect(new Set(keys).size).toBe(2);
  });
});

describe("the tool", () => {
  const call = (line: string, tools: readonly OfferedTool[]) => {
    const piece = replyTo(request([user(line)], { tools })).pieces.find((each) => each.type === "call");
    return piece?.type === "call" ? [piece.tool.name, piece.input] : undefined;
  };
  const list: OfferedTool = {
    name: "shell",
    kind: "function",
    schema: { properties: { command: { type: "array", items: { type: "string" } } } },
  };
  const edits = tool("edit", ["path", "edits"]);
  const program = tool("exec", [], { kind: "custom" });
  const patch = "*** Begin Patch\n*** Update File: a\n@@\n-x\n+y\n*** End Patch";

  it.each<[string, string, readonly OfferedTool[], unknown]>([
    ["a shell", "TOOL:bash:ls", TOOLS, ["Bash", { description: "ls", command: "ls" }]],
    ["a shell that takes a list", "TOOL:bash:ls", [list], ["shell", { command: ["bash", "-lc", "ls"] }]],
    ["a shell by its argument", "TOOL:bash:ls", [tool("run", ["cmd"])], ["run", { cmd: "ls" }]],
    ["a program instead of a call", "TOOL:bash:ls", [program], ["exec", 'const r = await tools.exec_command({"cmd":"ls"}); text(r)']],
    ["a new file", "WRITE:a:x", TOOLS, ["Write", { file_path: "a", content: "x" }]],
    ["an edit", "EDIT:a:x=>y", TOOLS, ["Edit", { file_path: "a", old_string: "x", new_string: "y" }]],
    ["a list of edits", "EDIT:a:x=>y", [edits], ["edit", { path: "a", edits: [{ oldText: "x", newText: "y" }] }]],
    ["a patch tool", "EDIT:a:x=>y", [tool("apply_patch", [], { kind: "custom" })], ["apply_patch", patch]],
    ["a patch by command", "EDIT:a:x=>y", [tool("exec_command", ["cmd"])], ["exec_command", { cmd: `apply_patch <<'EOF'\n${patch}\nEOF` }]],
    ["a look by command", "READ:it's", [tool("exec_command", ["cmd"])], ["exec_command", { cmd: "cat 'it'\\''s'" }]],
  ])("for %s", (_, line, tools, expected) => {
    expect(call(line, tools)).toEqual(expected);
  });
});

it("cuts a text into parts that are together the text", () => {
  expect(cutInto("a👍bc", 2)).toEqual(["a👍", "bc"]);
  expect(cutInto("ab", 5)).toEqual(["a", "b"]);
  expect(cutInto("", 3)).toEqual([]);
});
