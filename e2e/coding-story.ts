/** A coding agent's turns for browser tests: everything a screen must draw, told by a scripted runtime. */
import { setTimeout as pause } from "node:timers/promises";
import type { AgentEvent, EndpointOffer, TurnError } from "@fairlead/protocol";
import type { ScriptedTurn } from "./harness/scripted-runtime.ts";

export const WORK_DIR = "/home/ann/projects/lighthouse";

export const CODER: EndpointOffer = {
  id: "staged",
  name: "Staged Coder",
  profile: "acp",
  tags: {},
  capabilities: {
    exec_model: "interactive",
    turn_completion: true,
    approvals: true,
    files: true,
    steer: true,
    attachments: "images",
    resume: true,
    native_sessions: false,
    worktree: true,
    terminal: "none",
  },
  program: { name: "coder", version: "2.4.1", tested: "2.x", in_range: true },
};

const value = (id: string, name: string, description?: string) => ({ id, name, ...(description === undefined ? {} : { description }) });

/** All options, with these values holding. */
export function optionsWith(current: Readonly<Record<string, string>>): AgentEvent {
  return {
    type: "config.updated",
    options: [
      {
        id: "mode",
        name: "Permission mode",
        category: "mode",
        current: current.mode ?? "ask",
        values: [
          value("ask", "Ask first", "Every change and command is asked for"),
          value("edits", "Accept edits", "Edits inside the folder go ahead; commands are asked for"),
          value("plan", "Plan only", "Looks and plans, changes nothing"),
        ],
      },
      {
        id: "model",
        name: "Model",
        category: "model",
        current: current.model ?? "large",
        values: [value("large", "Large 5", "For hard problems"), value("small", "Small 5", "Fast and cheap")],
      },
      {
        id: "thinking",
        name: "Thinking",
        category: "thought_level",
        current: current.thinking ?? "medium",
        values: [value("low", "Low"), value("medium", "Medium"), value("high", "High")],
      },
    ],
  };
}

const COMMANDS: AgentEvent = {
  type: "commands.updated",
  commands: [
    { name: "review", description: "Looks over what changed and says what is wrong with it", hint: "[path]" },
    { name: "compact", description: "Shortens the conversation so far" },
    { name: "init", description: "Writes down what the agent should know about this project" },
    { name: "test", description: "Runs the tests and explains what fails" },
  ],
};

const DIFF = `@@ -1,9 +1,12 @@ import
 import { readFile } from "node:fs/promises";
 
+/** Bytes of a lamp file at most. */
+const MOST_BYTES = 64 * 1024;
+
 /** Reads the lamp's timetable. */
-export async function readLamp(path: string) {
-  const text = await readFile(path, "utf8");
-  return JSON.parse(text);
+export async function readLamp(path: string): Promise<Timetable> {
+  const text = await readFile(path, { encoding: "utf8" });
+  if (text.length > MOST_BYTES) throw new RangeError(\`\${path} is longer than \${MOST_BYTES} bytes\`);
+  return timetableSchema.parse(JSON.parse(text));
 }
 
 export const NIGHT = { from: "18:00", to: "06:00" } as const;
@@ -40,6 +43,7 @@ export function nextFlash(now: Date)
   const period = 5_000;
   const since = now.getTime() % period;
+  // A flash that is due this very millisecond counts as now.
   return since === 0 ? now : new Date(now.getTime() + period - since);
 }
 
`;

const NEW_FILE = `@@ -0,0 +1,8 @@
+import { expect, it } from "vitest";
+import { readLamp } from "./lamp.ts";
+
+it("refuses a timetable that is too long", async () => {
+  await expect(readLamp("fixtures/long.json")).rejects.toThrow(RangeError);
+});
+
+it("reads an empty one", async () => expect(await readLamp("fixtures/empty.json")).toEqual({ flashes: [] }));
`;

const TEST_OUTPUT = [
  "\u001b[1m\u001b[46m RUN \u001b[0m v4.1.12 /home/ann/projects/lighthouse\n\n",
  " \u001b[32m✓\u001b[0m src/lens.test.ts \u001b[2m(14 tests)\u001b[0m 122ms\n",
  " \u001b[31m❯\u001b[0m src/lamp.test.ts \u001b[2m(2 tests | \u001b[31m1 failed\u001b[0m\u001b[2m)\u001b[0m 48ms\n",
  "   \u001b[31m× reads an empty one\u001b[0m\n     → expected undefined to equal { flashes: [] }\n\n",
  "\u001b[2m Tests \u001b[0m \u001b[31m1 failed\u001b[0m | \u001b[32m15 passed\u001b[0m (16)\n",
];

interface Step {
  readonly kind: Extract<AgentEvent, { type: "tool.started" }>["kind"];
  readonly tool: string;
  readonly title: string;
  readonly input?: Record<string, unknown>;
  readonly path?: string;
}

let calls = 0;

function begin(turn: ScriptedTurn, { kind, tool, title, input, path }: Step, parent?: string): string {
  calls += 1;
  const tool_call_id = `call-${calls}`;
  turn.tell({
    type: "tool.started",
    tool_call_id,
    tool,
    title,
    kind,
    status: "in_progress",
    ...(input === undefined ? {} : { input }),
    ...(path === undefined ? {} : { locations: [{ path: `${WORK_DIR}/${path}` }] }),
    ...(parent === undefined ? {} : { parent_tool_call_id: parent }),
  });
  return tool_call_id;
}

async function read(turn: ScriptedTurn, path: string, parent?: string): Promise<void> {
  const id = begin(
    turn,
    { kind: "read", tool: "Read", title: `Read ${WORK_DIR}/${path}`, input: { file_path: `${WORK_DIR}/${path}` }, path },
    parent,
  );
  await pause(30);
  turn.tell({
    type: "tool.updated",
    tool_call_id: id,
    status: "completed",
    content: [{ type: "text", text: "export const lamp = true;\n" }],
  });
}

function planOf(done: number): AgentEvent {
  const steps = ["Read how timetables are loaded", "Bound the size of a timetable", "Add tests for long and empty files", "Run the tests"];
  const entries = steps.map((content, index) => ({
    content,
    priority: "medium" as const,
    status: index < done ? ("completed" as const) : index === done ? ("in_progress" as const) : ("pending" as const),
  }));
  return { type: "plan.updated", entries };
}

const usage = (part: number): AgentEvent => ({
  type: "usage.updated",
  usage: {
    input_tokens: Math.round(48_200 * part),
    output_tokens: Math.round(3_140 * part),
    cost_usd: 0.184 * part,
    context_tokens: Math.round(61_000 * part),
    context_size: 200_000,
  },
});

export function greeting(): readonly AgentEvent[] {
  return [{ type: "session.identified", native_id: "0199-7a41-native" }, optionsWith({}), COMMANDS];
}

/** A whole turn of work: it looks, plans, edits, asks a sub-agent, runs tests that fail, and reports. */
async function work(turn: ScriptedTurn): Promise<undefined> {
  turn.tell({
    type: "message.delta",
    kind: "thought",
    text: "The loader reads the whole file without a bound. ",
    message_id: `th${calls}`,
  });
  await pause(1_100);
  turn.tell({ type: "message.delta", kind: "thought", text: "I should look at who calls it first.", message_id: `th${calls}` });
  turn.tell({
    type: "message.delta",
    kind: "answer",
    text: "I'll look at how timetables are loaded before I change anything.",
    message_id: `a${calls}`,
  });
  turn.tell(planOf(0));
  for (const path of ["src/lamp.ts", "src/lens.ts", "src/a-folder-with-a-long-name/deeper/still/timetable-of-the-northern-lights.ts"])
    await read(turn, path);
  const search = begin(turn, {
    kind: "search",
    tool: "Grep",
    title: "Search for readLamp( in src",
    input: { pattern: "readLamp\\(", path: "src" },
  });
  turn.tell({
    type: "tool.updated",
    tool_call_id: search,
    status: "completed",
    content: [{ type: "text", text: "src/main.ts:12\nsrc/lamp.test.ts:3\n" }],
  });
  const agent = begin(turn, { kind: "think", tool: "Task", title: "Explore how the lens handles errors", input: { prompt: "Find out …" } });
  await read(turn, "src/lens.ts", agent);
  await read(turn, "src/errors.ts", agent);
  turn.tell({
    type: "message.delta",
    kind: "answer",
    text: "The lens wraps every error in `LensError`.",
    message_id: `s${calls}`,
    parent_tool_call_id: agent,
  });
  turn.tell({
    type: "tool.updated",
    tool_call_id: agent,
    status: "completed",
    content: [{ type: "text", text: "Errors are wrapped in **LensError**; nothing is swallowed." }],
  });
  turn.tell(planOf(1), usage(0.4));
  const edit = begin(turn, { kind: "edit", tool: "Edit", title: `Edit ${WORK_DIR}/src/lamp.ts`, path: "src/lamp.ts" });
  await pause(40);
  turn.tell({
    type: "tool.updated",
    tool_call_id: edit,
    status: "completed",
    content: [{ type: "diff", path: `${WORK_DIR}/src/lamp.ts`, change: "modified", patch: DIFF, added: 8, removed: 3 }],
  });
  turn.tell(planOf(2));
  const create = begin(turn, { kind: "edit", tool: "Write", title: `Write ${WORK_DIR}/src/lamp.test.ts`, path: "src/lamp.test.ts" });
  turn.tell({
    type: "tool.updated",
    tool_call_id: create,
    status: "completed",
    content: [{ type: "diff", path: `${WORK_DIR}/src/lamp.test.ts`, change: "created", patch: NEW_FILE, added: 8, removed: 0 }],
  });
  turn.tell(planOf(3));
  const command =
    "npx vitest run src/lamp.test.ts src/lens.test.ts --reporter=verbose --no-file-parallelism && npm run lint -- --max-warnings 0";
  const test = begin(turn, { kind: "execute", tool: "Bash", title: command, input: { command, description: "Run the tests" } });
  for (const text of TEST_OUTPUT) {
    turn.tell({ type: "tool.delta", tool_call_id: test, text });
    await pause(200);
  }
  turn.tell({ type: "tool.updated", tool_call_id: test, status: "failed", exit_code: 1 });
  turn.tell({
    type: "notice",
    level: "warning",
    code: "retrying",
    text: "The service was busy (HTTP 529); trying again in 2 s, attempt 1 of 10.",
  });
  turn.tell(planOf(4), usage(1));
  turn.tell({
    type: "message.delta",
    kind: "answer",
    text: "A timetable is now bounded at **64 kB**. One test fails because `fixtures/empty.json` does not exist yet; shall I add it?",
    message_id: `z${calls}`,
  });
  return undefined;
}

async function wait(turn: ScriptedTurn): Promise<undefined> {
  const call = begin(turn, { kind: "execute", tool: "Bash", title: "npm run build", input: { command: "npm run build" } });
  turn.tell({ type: "tool.delta", tool_call_id: call, text: "building…\n" }, usage(0.3));
  await new Promise((resolve) => turn.stopped.addEventListener("abort", resolve));
  return undefined;
}

async function large(turn: ScriptedTurn): Promise<undefined> {
  const lines = Array.from({ length: 1_200 }, (_, index) => `+export const value${index} = ${index};`);
  const call = begin(turn, { kind: "edit", tool: "Write", title: `Write ${WORK_DIR}/src/table.ts`, path: "src/table.ts" });
  const patch = `@@ -0,0 +1,${lines.length} @@\n${lines.join("\n")}\n`;
  turn.tell({
    type: "tool.updated",
    tool_call_id: call,
    status: "completed",
    content: [{ type: "diff", path: `${WORK_DIR}/src/table.ts`, change: "created", patch, added: lines.length, removed: 0 }],
  });
  return undefined;
}

async function signedOut(): Promise<TurnError> {
  return {
    kind: "auth",
    message: "401 authentication_error: OAuth token has expired.",
    remedy: { text: "The agent is signed out on its machine. Sign in there, then try again.", command: "coder login --device" },
  };
}

const ACTS: Readonly<Record<string, (turn: ScriptedTurn) => Promise<TurnError | undefined>>> = {
  work,
  wait,
  large,
  "signed out": signedOut,
};

/** Plays the act that the message names; anything else is answered. */
export async function playStory(turn: ScriptedTurn): Promise<TurnError | undefined> {
  const act = ACTS[turn.command.content];
  if (act !== undefined) return act(turn);
  turn.tell({ type: "message.delta", kind: "answer", text: `You said: ${turn.command.content}`, message_id: `r${turn.command.turn_id}` });
  return undefined;
}
