/** Finds the offered tool that does what a script wants, whatever the agent calls it and its arguments. */
import type { OfferedTool } from "./conversation.ts";
import { hasProperty, propertyOf, requiredNames, smallestInstance } from "./json-schema.ts";
import type { ToolWish } from "./script.ts";

export interface ToolCall {
  readonly tool: OfferedTool;
  /** JSON for a function, free text for a custom tool. */
  readonly input: Readonly<Record<string, unknown>> | string;
}

type Wish<K extends ToolWish["kind"]> = Extract<ToolWish, { kind: K }>;

const COMMAND = ["command", "cmd", "commands"];
const PATH = ["file_path", "path", "filePath", "absolute_path", "filename"];
const CONTENT = ["content", "file_text", "contents", "text"];
const OLD = ["old_string", "oldText", "oldString", "old_str"];
const NEW = ["new_string", "newText", "newString", "new_str"];

/** How long (ms) an agent that goes on while a command runs is to wait for it: as long as it ever does. */
const LONGEST_YIELD = 30_000;

/** Names by which agents call their tools, the likeliest first. */
const NAMES = {
  bash: ["bash", "exec_command", "shell", "shell_command", "run_shell_command", "execute", "terminal"],
  write: ["write", "write_file", "create", "create_file"],
  edit: ["edit", "replace", "edit_file", "str_replace", "str_replace_editor"],
  read: ["read", "read_file", "view"],
} as const;

/** Throws Error naming what is offered where nothing fits. */
export function callFor(wish: ToolWish, offered: readonly OfferedTool[]): ToolCall {
  const call = find(wish, offered);
  if (call === undefined) throw new Error(`no tool for ${JSON.stringify(wish)} among ${offered.map((tool) => tool.name).join(", ")}`);
  return call;
}

function find(wish: ToolWish, offered: readonly OfferedTool[]): ToolCall | undefined {
  switch (wish.kind) {
    case "named": {
      const tool = offered.find(({ name }) => name === wish.name);
      return tool && { tool, input: wish.input };
    }
    case "bash":
      return bash(wish, offered);
    case "write":
      return write(wish, offered);
    case "edit":
      return edit(wish, offered);
    case "read":
      return read(wish, offered);
  }
}

function bash(wish: Wish<"bash">, offered: readonly OfferedTool[]): ToolCall | undefined {
  const tool = named(offered, NAMES.bash) ?? offered.find(({ schema }) => COMMAND.some((name) => hasProperty(schema, name)));
  if (tool !== undefined) {
    const command = propertyName(tool, COMMAND);
    const isList = propertyOf(tool.schema, command).type === "array";
    const value = isList ? ["bash", "-lc", wish.command] : wish.command;
    const escalation = wish.escalated ? { sandbox_permissions: "require_escalated", justification: "the script asks for it" } : {};
    const patience = hasProperty(tool.schema, "yield_time_ms") ? { yield_time_ms: LONGEST_YIELD } : {};
    return { tool, input: complete(tool, { [command]: value, ...escalation, ...patience }, wish.command) };
  }
  // Models that write programs instead of calls have one tool that takes JavaScript.
  const program = offered.find(({ name, kind }) => name === "exec" && kind === "custom");
  if (program === undefined) return undefined;
  return { tool: program, input: `const r = await tools.exec_command(${JSON.stringify({ cmd: wish.command })}); text(r)` };
}

function write(wish: Wish<"write">, offered: readonly OfferedTool[]): ToolCall | undefined {
  const tool = named(offered, NAMES.write);
  if (tool === undefined) {
    const lines = linesOf(wish.content).map((line) => `+${line}`);
    return patch([`*** Add File: ${wish.path}`, ...lines], offered);
  }
  return { tool, input: complete(tool, { [propertyName(tool, PATH)]: wish.path, [propertyName(tool, CONTENT)]: wish.content }) };
}

function edit(wish: Wish<"edit">, offered: readonly OfferedTool[]): ToolCall | undefined {
  const tool = named(offered, NAMES.edit);
  if (tool === undefined) {
    const lines = [...linesOf(wish.old).map((line) => `-${line}`), ...linesOf(wish.new).map((line) => `+${line}`)];
    return patch([`*** Update File: ${wish.path}`, "@@", ...lines], offered);
  }
  const path = { [propertyName(tool, PATH)]: wish.path };
  if (hasProperty(tool.schema, "edits")) return { tool, input: { ...path, edits: [{ oldText: wish.old, newText: wish.new }] } };
  const change = { [propertyName(tool, OLD)]: wish.old, [propertyName(tool, NEW)]: wish.new };
  return { tool, input: complete(tool, { ...path, ...change }) };
}

function read(wish: Wish<"read">, offered: readonly OfferedTool[]): ToolCall | undefined {
  const tool = named(offered, NAMES.read);
  if (tool === undefined) return bash({ kind: "bash", command: `cat ${quoted(wish.path)}`, escalated: false }, offered);
  return { tool, input: complete(tool, { [propertyName(tool, PATH)]: wish.path }) };
}

/** A change as a patch, for agents that know files only by `apply_patch`: a tool of its own, or a command that the agent understands. */
function patch(lines: readonly string[], offered: readonly OfferedTool[]): ToolCall | undefined {
  const text = ["*** Begin Patch", ...lines, "*** End Patch"].join("\n");
  const own = named(offered, ["apply_patch"]);
  if (own?.kind === "custom") return { tool: own, input: text };
  if (own !== undefined) return { tool: own, input: complete(own, { [requiredNames(own.schema)[0] ?? "input"]: text }) };
  const program = offered.find(({ name, kind }) => name === "exec" && kind === "custom");
  if (program !== undefined) return { tool: program, input: `text(await tools.apply_patch(${JSON.stringify(text)}))` };
  return bash({ kind: "bash", command: `apply_patch <<'EOF'\n${text}\nEOF`, escalated: false }, offered);
}

function named(offered: readonly OfferedTool[], names: readonly string[]): OfferedTool | undefined {
  return names.map((name) => offered.find((tool) => tool.name.toLowerCase() === name)).find((tool) => tool !== undefined);
}

function propertyName({ name, schema }: OfferedTool, names: readonly string[]): string {
  const found = names.find((each) => hasProperty(schema, each));
  if (found === undefined) throw new Error(`${name} has none of the arguments ${names.join(", ")}: ${JSON.stringify(schema)}`);
  return found;
}

/** Adds what the tool insists on beyond what the script says; texts, which are for people, say `about`. */
function complete({ schema }: OfferedTool, input: Record<string, unknown>, about = "as the script says"): Record<string, unknown> {
  const missing = requiredNames(schema).filter((name) => !(name in input));
  const filled = missing.map((name) => {
    const isText = propertyOf(schema, name).type === "string" && propertyOf(schema, name).enum === undefined;
    return [name, isText ? about : smallestInstance(propertyOf(schema, name))];
  });
  return { ...Object.fromEntries(filled), ...input };
}

function linesOf(text: string): string[] {
  return text.replace(/\n$/, "").split("\n");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
