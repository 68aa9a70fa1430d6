#!/usr/bin/env node
/**
 * Speaks as Claude Code does over stream-json. Its argument is how it behaves: one of the behaviours below, or `script` (the default), which
 * does what the message says: a JSON list of steps. CLAUDE_LOG names a file for its command line and every line it gets; CLAUDE_STORE a
 * folder that keeps its conversations; CLAUDE_SETUP (JSON) changes it: `old` (tells nothing of what becomes of lines), `mute` (does not
 * introduce itself), `refuse` (refuses settings), `mode` (the permission mode it says it is in).
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

const [behaviour, ...flags] = process.argv.slice(2);
const setup = JSON.parse(process.env.CLAUDE_SETUP ?? "{}");
const store = process.env.CLAUDE_STORE;
const note = (text) => process.env.CLAUDE_LOG !== undefined && appendFileSync(process.env.CLAUDE_LOG, `${text}\n`);
const flagValue = (flag) => (flags.includes(flag) ? flags[flags.indexOf(flag) + 1] : undefined);
note(JSON.stringify(flags));

if (behaviour === "die") {
  process.stderr.write("cannot start: no licence\n");
  process.exit(7);
}
if (behaviour === "ignore-term") {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);
  setInterval(() => undefined, 1_000);
}

const resume = flagValue("--resume");
const session_id = resume ?? randomUUID();
const isKnown = resume === undefined || (store !== undefined && existsSync(join(store, resume)));
let mode = setup.mode ?? flagValue("--permission-mode") ?? "default";
let cost = 0;
let isInterrupted = false;
let isBusy = false;
const queue = [];
const asked = new Map();

const push = (data) => new Promise((resolve) => process.stdout.write(data, () => resolve()));
const send = (message) => push(`${JSON.stringify(message)}\n`);
const stream = (event) => send({ type: "stream_event", event, parent_tool_use_id: null, session_id });
const fate = (command_uuid, state) =>
  setup.old || command_uuid === undefined ? undefined : send({ type: "command_lifecycle", command_uuid, state });

async function say(text) {
  const id = `msg_${randomUUID()}`;
  await stream({ type: "message_start", message: { id, usage: { input_tokens: 100, output_tokens: 1 } } });
  await stream({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
  await stream({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } });
  // The whole text again, as it comes from the real one; a flood of it would only cost time.
  if (text.length < 5_000) {
    await send({
      type: "assistant",
      message: { id, model: "fake", content: [{ type: "text", text }] },
      parent_tool_use_id: null,
      session_id,
    });
  }
  await stream({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 5 } });
}

/** Asks whether a tool may run; resolves with the answer. */
function ask(request, request_id = randomUUID()) {
  void send({ type: "control_request", request_id, request: { subtype: "can_use_tool", ...request } });
  return new Promise((resolve) => asked.set(request_id, resolve));
}

async function tool({ id = `toolu_${randomUUID()}`, name, input, question, result = "ok", meta, parent = null, permission_suggestions }) {
  await stream({ type: "content_block_start", index: 0, content_block: { type: "tool_use", id, name, input: {} } });
  const use = { type: "tool_use", id, name, input };
  await send({ type: "assistant", message: { id: `msg_${id}`, content: [use] }, parent_tool_use_id: parent, session_id });
  let answer;
  if (question !== false) {
    const { promise, request_id } = withId((one) =>
      ask({ tool_name: name, input: question ?? input, tool_use_id: id, permission_suggestions }, one),
    );
    pending = request_id;
    answer = await promise;
    if (answer === undefined) return;
  }
  const denied = answer?.behavior === "deny";
  const block = { type: "tool_result", tool_use_id: id, content: denied ? answer.message : result, is_error: denied };
  await send({ type: "user", message: { role: "user", content: [block] }, parent_tool_use_id: parent, session_id, tool_use_result: meta });
  if (answer !== undefined) await say(`answer ${JSON.stringify(answer)}\n`);
  if (answer?.interrupt) isInterrupted = true;
}

let pending;
function withId(begin) {
  const request_id = randomUUID();
  return { promise: begin(request_id), request_id };
}

const BEHAVIOURS = {
  echo: (text) => say(`echo: ${text}\n`),
  async slow() {
    for (let count = 1; !isInterrupted; count += 1) {
      await say(`count ${count}\n`);
      await delay(20);
    }
  },
  async split(text) {
    const event = { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: `${text.trim()}|` } };
    for (const byte of Buffer.from(`${JSON.stringify({ type: "stream_event", event, parent_tool_use_id: null })}\n`)) {
      await push(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
  async flood(text) {
    for (let from = 1; from <= Number(text) && !isInterrupted; from += 100) {
      let block = "";
      for (let number = from; number < from + 100 && number <= Number(text); number += 1) block += `line ${number} ${"x".repeat(60)}\n`;
      await say(block);
    }
  },
  async crash(text) {
    if (text.trim() !== "crash") return await say(`echo: ${text}\n`);
    await say("last words\n");
    process.exit(3);
  },
  async garbage() {
    const bytes = Buffer.alloc(65_536);
    for (let at = 0, seed = 1; at < bytes.length; at += 1) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      bytes[at] = seed >> 16;
    }
    await push(bytes);
    await push("\n");
    await say("\nclean\n");
  },
  async "long-line"(message) {
    await say("x".repeat(Number(message)));
    await say("\nafter\n");
  },
  async "close-output"() {
    await say("closing\n");
    process.stdout.end();
    await delay(600_000);
  },
  async "ignore-term"() {
    for (let count = 1; ; count += 1) {
      await say(`still here ${count}\n`);
      await delay(20);
    }
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
  script,
};

/**
 * Steps: a string is said; `{tool}` is a call that asks first (`question: false`: it does not); `{later}` the same without waiting for it;
 * `{takeBack}` takes the newest question back; `{send}` is a message as it is, `{raw}` a line and `{file}` what a file holds; `{ask}` a control request of any
 * kind; `{absorb}` takes a waiting line into the turn; `{wait}` waits for an interrupt, `{hold}` for the next line and `{deaf}` for nothing; `{result}` changes the
 * turn's result; `{after}` are steps for when the turn is over, as work that nobody asked for; `{exit}`, `{stderr}`, `{delay}` (ms).
 */
async function script(text) {
  let steps;
  try {
    steps = JSON.parse(text);
  } catch {
    return await say(`heard: ${text}`);
  }
  let changes;
  for (const step of steps) {
    if (typeof step === "string") await say(step);
    else if (step.result !== undefined) changes = step.result;
    else for (const key of Object.keys(step)) await STEPS[key](step[key]);
  }
  return changes;
}

const taken = [];
const later = [];
const STEPS = {
  after: (steps) => void later.push(...steps),
  tool,
  later: (call) => void tool(call),
  async takeBack() {
    await send({ type: "control_cancel_request", request_id: pending });
    asked.get(pending)?.(undefined);
    asked.delete(pending);
  },
  send: (message) => send(message),
  raw: (line) => push(`${line}\n`),
  file: (path) => push(Buffer.concat([readFileSync(path), Buffer.from("\n")])),
  async ask(request) {
    const answer = await new Promise((resolve) => {
      const request_id = randomUUID();
      asked.set(request_id, resolve);
      void send({ type: "control_request", request_id, request });
    });
    await say(`answer ${JSON.stringify(answer)}\n`);
  },
  async absorb() {
    while (queue.length === 0) await delay(5);
    const line = queue.shift();
    taken.push(line.uuid);
    await fate(line.uuid, "started");
    await say(`absorbed: ${textOf(line)}\n`);
  },
  async wait() {
    while (!isInterrupted) await delay(5);
  },
  async hold() {
    while (queue.length === 0) await delay(5);
  },
  deaf: () => delay(600_000),
  delay,
  stderr: (text) => process.stderr.write(`${text}\n`),
  exit: (code) => process.exit(code),
};

const textOf = ({ message: { content } }) =>
  typeof content === "string"
    ? content
    : content
        .map((part) => (part.type === "text" ? part.text : `[${part.type} ${part.source.media_type} ${part.source.data.length}]`))
        .join("");

/** Runs what waits, one line after the other; each gets a result. */
async function work() {
  if (isBusy) return;
  isBusy = true;
  for (let line = queue.shift(); line !== undefined; line = queue.shift()) {
    isInterrupted = false;
    await fate(line.uuid, "started");
    if (store !== undefined) writeFileSync(join(store, session_id), "");
    await send({ type: "system", subtype: "init", session_id, model: "fake", permissionMode: mode, capabilities: [] });
    const changes = await BEHAVIOURS[behaviour ?? "script"](textOf(line));
    const ids = [line.uuid, ...taken.splice(0)];
    for (const uuid of ids.slice(1)) await fate(uuid, "completed");
    cost += 0.5;
    await send({
      type: "result",
      subtype: isInterrupted ? "error_during_execution" : "success",
      is_error: isInterrupted,
      result: isInterrupted ? undefined : "done",
      terminal_reason: isInterrupted ? "aborted_tools" : "completed",
      stop_reason: "end_turn",
      total_cost_usd: cost,
      usage: { input_tokens: 100, output_tokens: 5, cache_read_input_tokens: 20 },
      modelUsage: { fake: { costUSD: cost, contextWindow: 200_000 } },
      ...(setup.old ? {} : { user_message_uuids: ids }),
      session_id,
      ...changes,
    });
    await fate(line.uuid, isInterrupted ? "cancelled" : "completed");
    if (later.length > 0) {
      await script(JSON.stringify(later.splice(0)));
      cost += 0.25;
      const origin = { kind: "task-notification" };
      await send({ type: "result", subtype: "success", is_error: false, result: "done", total_cost_usd: cost, origin, session_id });
    }
  }
  isBusy = false;
}

const COMMANDS = [{ name: "review", description: "Review a change", argumentHint: "[number]" }];
const MODELS = [
  { value: "default", displayName: "Default", description: "The best" },
  { value: "small", displayName: "Small" },
];

const REQUESTS = {
  initialize: () => ({ commands: COMMANDS, models: MODELS, current_permission_mode: mode }),
  set_permission_mode(request) {
    mode = request.mode;
    void send({ type: "system", subtype: "status", status: null, permissionMode: mode });
    return { mode };
  },
  set_model: ({ model }) => ({ model }),
  interrupt() {
    isInterrupted = true;
    const cancelled = queue.splice(0).map(({ uuid }) => uuid);
    for (const uuid of cancelled) void fate(uuid, "cancelled");
    for (const [request_id, resolve] of asked) {
      asked.delete(request_id);
      void send({ type: "control_cancel_request", request_id });
      resolve({ behavior: "deny", message: "interrupted", interrupt: true });
    }
    return { still_queued: [], cancelled };
  },
};

function control({ request_id, request }) {
  if (request.subtype === "initialize" && setup.mute) return;
  const refused = REQUESTS[request.subtype] === undefined || (setup.refuse && request.subtype.startsWith("set_"));
  const answer = refused
    ? { subtype: "error", request_id, error: "not here" }
    : { subtype: "success", request_id, response: REQUESTS[request.subtype](request) };
  void send({ type: "control_response", response: answer });
}

createInterface({ input: process.stdin }).on("line", async (line) => {
  note(line);
  const message = JSON.parse(line);
  if (!isKnown) {
    if (message.type !== "user") return;
    const words = `No conversation found with session ID: ${resume}`;
    process.stderr.write(`${words}\n`);
    await send({
      type: "result",
      subtype: "error_during_execution",
      is_error: true,
      errors: [words],
      session_id: resume,
      total_cost_usd: 0,
    });
    process.exit(1);
  }
  if (message.type === "control_request") control(message);
  else if (message.type === "control_response") {
    const { request_id, response, error } = message.response;
    asked.get(request_id)?.(response ?? { error });
    asked.delete(request_id);
  } else {
    queue.push(message);
    await fate(message.uuid, "queued");
    await work();
  }
});
createInterface({ input: process.stdin }).on("close", () => behaviour !== "ignore-term" && process.exit(0));
