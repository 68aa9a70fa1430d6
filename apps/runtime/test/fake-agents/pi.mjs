#!/usr/bin/env node
/**
 * Speaks as `pi --mode rpc` does. The first argument says how it behaves; FAKE_PI=new makes it speak as 0.87 and later. It loads the gate
 * that it is given as pi would, keeps its sessions in files, and hangs in an abort while a question is open. FAKE_PI_HEARD names a file
 * for the answers it gets.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const [behaviour = "echo", ...args] = process.argv.slice(2);
const isNew = process.env.FAKE_PI === "new";
const argument = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const fail = (text, code) => {
  process.stderr.write(`${text}\n`);
  process.exit(code);
};

if (args.includes("--version")) {
  process.stdout.write("0.73.1\n");
  process.exit(0);
}
if (behaviour === "die") fail("cannot start: no licence", 7);
if (behaviour === "no-models") fail("No models available. Use /login to log into a provider via OAuth or API key.", 1);

// Sessions.
const folder = join(process.env.PI_CODING_AGENT_DIR ?? join(homedir(), ".pi", "agent"), "sessions", "--fake--");
const session = openOrNew(argument("--session"));
function openOrNew(wanted) {
  if (wanted === undefined) {
    const id = randomUUID();
    return { id, file: join(folder, `2026-11-21T08-38-09-565Z_${id}.jsonl`), entries: [] };
  }
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const file = wanted.includes("/")
    ? wanted
    : names.filter((name) => name.endsWith(`_${wanted}.jsonl`)).map((name) => join(folder, name))[0];
  if (file === undefined || !existsSync(file)) return fail(`No session found matching '${wanted}'`, 1);
  const [header, ...entries] = readFileSync(file, "utf8").trim().split("\n").map(JSON.parse);
  return { id: header.id, file, entries };
}
function remember(role, text) {
  const content = [{ type: "text", text }];
  const lines = [{ type: "message", message: { role, content } }];
  if (session.entries.length === 0) {
    mkdirSync(folder, { recursive: true });
    lines.unshift({ type: "session", version: 3, id: session.id, cwd: process.cwd() });
  }
  session.entries.push(lines.at(-1));
  for (const line of lines) appendFileSync(session.file, `${JSON.stringify(line)}\n`);
}

// Output.
process.stdout.on("error", () => undefined);
let writing = Promise.resolve();
/** One piece after the other; a closed output takes no more. */
const push = (...pieces) => {
  writing = writing.then(async () => {
    for (const piece of pieces) if (process.stdout.writable) await new Promise((resolve) => process.stdout.write(piece, () => resolve()));
  });
  return writing;
};
const send = (...messages) => push(messages.map((message) => `${JSON.stringify(message)}\n`).join(""));

// Extensions.
const dialogs = new Map();
function dialog(request) {
  const id = request.id ?? randomUUID();
  const answered = new Promise((resolve) => dialogs.set(id, resolve));
  void send({ type: "extension_ui_request", id, ...request });
  return answered;
}
const handlers = new Map();
const context = {
  ui: {
    setStatus: (statusKey, statusText) =>
      void send({ type: "extension_ui_request", id: randomUUID(), method: "setStatus", statusKey, statusText }),
    select: async (title, options) => (await dialog({ method: "select", title, options })).value,
  },
};
if (behaviour !== "no-gate") {
  const { default: gate } = await import(argument("-e"));
  gate({ on: (event, handler) => handlers.set(event, handler) });
  await handlers.get("session_start")?.({}, context);
}
if (behaviour === "asks-at-start") void send({ type: "extension_ui_request", id: "early", method: "confirm", title: "Trust this folder?" });

// One run of the agent.
const settings = { model: "mock-model", level: "medium", queue: [], lingers: false };
const usage = { input: 10, output: 4, cacheRead: 3, cacheWrite: 2, totalTokens: 19, cost: { total: 0.5 } };
let run;

function update(assistantMessageEvent) {
  return send({ type: "message_update", assistantMessageEvent });
}
async function endMessage(stopReason, more = {}) {
  await send({ type: "message_end", message: { role: "assistant", content: [], stopReason, usage, ...more } });
}
function throwIfStopped() {
  if (run.controller.signal.aborted) throw new Error("aborted");
}
async function untilStopped() {
  await new Promise((resolve) => run.controller.signal.addEventListener("abort", resolve));
  throw new Error("aborted");
}

async function callTool({ name, args: input = {}, partials = [], text = "", details, isError = false, ungated = false }) {
  const toolCallId = `call_${randomUUID().slice(0, 8)}|fc ${name}`;
  const toolCall = { type: "toolCall", id: toolCallId, name, arguments: input };
  if (isNew) await update({ type: "toolcall_start", contentIndex: 0, id: toolCallId, toolName: name });
  else await update({ type: "toolcall_start", contentIndex: 0, partial: { content: [{ ...toolCall, arguments: {} }] } });
  await update({ type: "toolcall_end", contentIndex: 0, toolCall });
  await endMessage("toolUse");
  await send({ type: "tool_execution_start", toolCallId, toolName: name, args: input });
  const verdict = ungated ? undefined : await handlers.get("tool_call")?.({ toolCallId, toolName: name, input }, context);
  const end = (result, failed) => send({ type: "tool_execution_end", toolCallId, toolName: name, result, isError: failed });
  if (verdict?.block || run.controller.signal.aborted) {
    const reason = run.controller.signal.aborted ? "Operation aborted" : verdict.reason;
    return await end({ content: [{ type: "text", text: reason }], details: {} }, true);
  }
  for (const partial of partials) {
    await send({
      type: "tool_execution_update",
      toolCallId,
      toolName: name,
      args: input,
      partialResult: { content: [{ type: "text", text: partial }] },
    });
  }
  await end({ content: [{ type: "text", text }], details }, isError);
}

/** What a prompt that is a JSON list may ask for, step by step. */
const STEPS = {
  say: (text) => update({ type: "text_delta", contentIndex: 0, delta: text }),
  think: (text) => update({ type: "thinking_delta", contentIndex: 0, delta: text }),
  tool: callTool,
  send: (message) => send(message),
  raw: (line) => push(`${line}\n`),
  async ask(request) {
    const { type, id, ...answer } = await dialog(request);
    await STEPS.say(JSON.stringify(answer));
  },
  hang: () => untilStopped(),
  exit: (code) => push("").then(() => process.exit(code)),
  async fail(errorMessage) {
    await endMessage("error", { errorMessage });
    throw new Error("failed");
  },
  /** Fails, says that it will try again in the same breath, and does. */
  async retry(errorMessage) {
    await endMessage("error", { errorMessage });
    const announced = { type: "auto_retry_start", attempt: 1, maxAttempts: 3, delayMs: 200, errorMessage };
    await send({ type: "agent_end", messages: [], ...(isNew ? { willRetry: true } : {}) }, announced);
    run.isIdle = true;
    await delay(200);
    run.isIdle = false;
    await send({ type: "agent_start" });
  },
  /** Ends, then shortens its memory and, if it is to, goes on. */
  async compact(willRetry) {
    await send({ type: "agent_end", messages: [], ...(isNew ? { willRetry } : {}) }, { type: "compaction_start", reason: "overflow" });
    await delay(100);
    run.isIdle = true;
    await send({ type: "compaction_end", aborted: false, willRetry });
    if (!willRetry) throw new Error("over");
    await delay(100);
    run.isIdle = false;
    await send({ type: "agent_start" });
  },
  /** Waits for a steer and answers it. */
  async steer() {
    while (settings.queue.length === 0) {
      throwIfStopped();
      await delay(5);
    }
    await STEPS.say(`steered: ${settings.queue.splice(0).join("; ")}`);
  },
  /** Lets every look at the idle pi wait for its answer until a steer has come: one from before the run may come as late as the last one. */
  async linger() {
    settings.lingers = true;
  },
  /** Waits for a steer and lets it lie, as 0.73 does when it comes at the very end. */
  async leave() {
    while (settings.queue.length === 0) await delay(5);
  },
};

async function script(steps) {
  for (const step of steps) {
    throwIfStopped();
    for (const [name, value] of Object.entries(step)) await STEPS[name](value);
  }
}

const say = (text) => STEPS.say(text);
const BEHAVIOURS = {
  echo: (message) => say(`echo: ${message}\n`),
  async slow() {
    for (let count = 1; ; count += 1) {
      throwIfStopped();
      await say(`count ${count}\n`);
      await delay(20);
    }
  },
  async split(message) {
    const line = `${JSON.stringify({ type: "message_update", assistantMessageEvent: { type: "text_delta", contentIndex: 0, delta: `${message}|` } })}\n`;
    await push(...[...Buffer.from(line)].map((byte) => Buffer.from([byte])));
  },
  async flood(message) {
    for (let from = 1; from <= Number(message); from += 100) {
      throwIfStopped();
      let block = "";
      for (let number = from; number < from + 100 && number <= Number(message); number += 1) block += `line ${number} ${"x".repeat(60)}\n`;
      await say(block);
    }
  },
  async crash(message) {
    if (message !== "crash") return await say(`echo: ${message}\n`);
    await say("last words\n");
    process.exit(3);
  },
  async garbage() {
    const bytes = Buffer.alloc(65_536);
    for (let at = 0, seed = 1; at < bytes.length; at += 1) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      bytes[at] = seed >> 16;
    }
    await push(Buffer.concat([bytes, Buffer.from("\n")]));
    await say("clean\n");
  },
  async "long-line"(message) {
    await say("x".repeat(Number(message)));
    await say("\nafter\n");
  },
  async grandchildren() {
    spawn("sleep", ["600"], { stdio: ["ignore", "inherit", "inherit"] }).unref();
    const stubborn = spawn("sh", ["-c", "trap '' INT TERM; echo ready >&3; while :; do sleep 1; done"], {
      stdio: ["ignore", "inherit", "inherit", "pipe"],
    });
    await new Promise((resolve) => stubborn.stdio[3].once("data", resolve));
    stubborn.stdio[3].destroy();
    stubborn.unref();
    await say("two children\n");
  },
  async "close-output"() {
    await say("closing\n");
    await writing;
    process.stdout.end();
    await delay(600_000);
  },
  async "ignore-term"() {
    for (let count = 1; ; count += 1) {
      await say(`still here ${count}\n`);
      await delay(20);
    }
  },
  script: (message) => (message.startsWith("[") ? script(JSON.parse(message)) : say(`${session.entries.length} before: ${message}`)),
};
for (const name of ["no-gate", "asks-at-start"]) BEHAVIOURS[name] = BEHAVIOURS.script;
const answer = BEHAVIOURS[behaviour];
if (behaviour === "ignore-term") {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);
  setInterval(() => undefined, 1_000);
}

async function runAgent(message) {
  let stopReason = "stop";
  let over;
  run = { controller: new AbortController(), isIdle: false, done: new Promise((resolve) => (over = resolve)) };
  await send({ type: "agent_start" }, { type: "turn_start" }, { type: "message_start", message: { role: "user", content: message } });
  try {
    await answer(message);
    remember("user", message);
    remember("assistant", "done");
  } catch (error) {
    if (!["aborted", "failed", "over"].includes(error.message)) throw error;
    stopReason = error.message;
  }
  if (stopReason === "stop" || stopReason === "aborted") await endMessage(stopReason);
  if (stopReason !== "over") await send({ type: "agent_end", messages: [], ...(isNew ? { willRetry: false } : {}) });
  run = undefined;
  if (isNew) await send({ type: "agent_settled", aborted: stopReason === "aborted" });
  over();
}

const model = () => ({ id: settings.model, provider: "mock", name: `The ${settings.model}`, reasoning: true, contextWindow: 1_000 });
const COMMANDS = {
  async get_state() {
    const data = {
      model: model(),
      thinkingLevel: settings.level,
      isStreaming: run !== undefined && !run.isIdle,
      isCompacting: false,
      sessionId: session.id,
      sessionFile: session.file,
      pendingMessageCount: settings.queue.length,
    };
    if (!settings.lingers || run !== undefined) return data;
    await send({ type: "extension_ui_request", id: randomUUID(), method: "notify", message: "looked at" });
    while (settings.queue.length === 0) await delay(5);
    return data;
  },
  get_available_models: () => ({ models: ["mock-model", "mock-small"].map((id) => ({ ...model(), id, name: id })) }),
  get_commands: () => ({ commands: [{ name: "fix", description: "Fixes it", source: "prompt" }] }),
  set_model({ modelId }) {
    if (modelId === "mock-small" && behaviour === "echo") throw new Error("Model not found");
    settings.model = modelId;
    return model();
  },
  set_thinking_level({ level }) {
    settings.level = level === "xhigh" ? "high" : level;
  },
  prompt({ message, images }) {
    if (run !== undefined) throw new Error("Agent is already processing.");
    if (message === "/keyless") throw new Error("No API key found for mock.\n\nUse /login to log into a provider.");
    if (message === "/handled") return isNew ? { disposition: "handled" } : undefined;
    setImmediate(() =>
      runAgent(images === undefined ? message : `${message} with ${images.length} ${images[0].mimeType} ${images[0].data}`),
    );
    run = { controller: new AbortController(), isIdle: false };
    return isNew ? { disposition: "started" } : undefined;
  },
  steer({ message }) {
    if (message.startsWith("/")) throw new Error("Extension commands cannot be queued.");
    settings.queue.push(message);
    settings.lingers = false;
    void send({ type: "queue_update", steering: [...settings.queue], followUp: [] });
  },
  async abort() {
    run?.controller.abort();
    await run?.done;
  },
};

async function obey(line) {
  const command = JSON.parse(line);
  if (command.type === "extension_ui_response") {
    if (process.env.FAKE_PI_HEARD !== undefined) appendFileSync(process.env.FAKE_PI_HEARD, `${line}\n`);
    dialogs.get(command.id)?.(command);
    dialogs.delete(command.id);
    return;
  }
  const { id, type } = command;
  const handler = COMMANDS[type];
  if (handler === undefined) return await send({ type: "response", command: type, success: false, error: `Unknown command: ${type}` });
  try {
    const data = await handler(command);
    await send({ id, type: "response", command: type, success: true, ...(data === undefined ? {} : { data }) });
  } catch (error) {
    await send({ id, type: "response", command: type, success: false, error: error.message });
  }
}

let rest = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (chunk) => {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop();
  for (const line of lines) if (line !== "") void obey(line);
});
process.stdin.on("end", () => behaviour !== "ignore-term" && process.exit(0));
