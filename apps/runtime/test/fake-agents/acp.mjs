#!/usr/bin/env node
/**
 * An agent of the Agent Client Protocol. Its argument is how it behaves: one of the behaviours below, or `script` (the default), which does
 * what the prompt says: a JSON list of steps. ACP_SETUP (JSON) changes what it says of itself and its session; ACP_LOG names a file it
 * writes every line to that it gets; ACP_STORE names a folder that keeps its sessions.
 */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { startPi } from "./bridged-pi.mjs";

const behaviour = process.argv[2] ?? "script";
const setup = JSON.parse(process.env.ACP_SETUP ?? "{}");
const store = process.env.ACP_STORE;

if (behaviour === "die") {
  process.stderr.write("cannot start: no licence\n");
  process.exit(7);
}
if (behaviour === "ignore-term") {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);
  setInterval(() => undefined, 1_000);
}

const push = (data) => new Promise((resolve) => process.stdout.write(data, () => resolve()));
const send = (message) => push(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const update = (sessionId, fields) => send({ method: "session/update", params: { sessionId, update: fields } });
const say = (sessionId, text) => update(sessionId, { sessionUpdate: "agent_message_chunk", content: { type: "text", text } });

let session = "";
let pi;
let isCancelled = false;
let sessions = 0;
let nextId = 0;
const waiting = new Map();

/** Asks the client; ids begin at 0 as those of real agents do. */
function ask(method, params) {
  const id = nextId;
  nextId += 1;
  void send({ id, method, params });
  return new Promise((resolve) => waiting.set(id, resolve));
}

const BEHAVIOURS = {
  echo: (text) => say(session, `echo: ${text}\n`),
  async slow() {
    for (let count = 1; !isCancelled; count += 1) {
      await say(session, `count ${count}\n`);
      await delay(20);
    }
  },
  async split(text) {
    const line = JSON.stringify({
      jsonrpc: "2.0",
      method: "session/update",
      params: { sessionId: session, update: { sessionUpdate: "agent_message_chunk", content: { type: "text", text: `${text.trim()}|` } } },
    });
    for (const byte of Buffer.from(`${line}\n`)) {
      await push(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
  async flood(text) {
    for (let from = 1; from <= Number(text) && !isCancelled; from += 100) {
      let block = "";
      for (let number = from; number < from + 100 && number <= Number(text); number += 1) block += `line ${number} ${"x".repeat(60)}\n`;
      await say(session, block);
    }
  },
  async crash(text) {
    if (text.trim() !== "crash") return await say(session, `echo: ${text}\n`);
    await say(session, "last words\n");
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
    await say(session, "\nclean\n");
  },
  async "long-line"(text) {
    await say(session, "x".repeat(Number(text)));
    await say(session, "\nafter\n");
  },
  async "close-output"() {
    await say(session, "closing\n");
    process.stdout.end();
    await delay(600_000);
  },
  async "ignore-term"() {
    for (let count = 1; ; count += 1) {
      await say(session, `still here ${count}\n`);
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
    await say(session, "two children\n");
  },
  script,
};

/**
 * Steps: a string is said; `{update}` is sent as it is; `{raw}` is a line as it is; `{ask: method, params}` says the answer, and `{later}` the
 * same without waiting; `$terminal` in params is the terminal opened last; `{wait}` waits for a cancel, `{deaf}` for nothing; `{exit}`, `{stderr}`,
 * `{delay}` (ms); `{error}` and `{result}` end the turn that way. With `pi` in ACP_SETUP, `{call}` and `{dialog: method, fields}` are done by
 * its pi.
 */
async function script(text) {
  let steps;
  try {
    steps = JSON.parse(text);
  } catch {
    return await say(session, `heard: ${text}`);
  }
  for (const step of steps) {
    if (typeof step === "string") await say(session, step);
    else if (step.error !== undefined || step.result !== undefined) return step;
    else for (const key of Object.keys(step)) await STEPS[key]?.(step[key], step);
  }
  return undefined;
}

let terminal = "";
const paramsOf = (given) => ({ sessionId: session, ...JSON.parse(JSON.stringify(given ?? {}).replaceAll("$terminal", terminal)) });
const sayAnswer = (answer) => say(session, `answer ${JSON.stringify(answer)}\n`);

const STEPS = {
  update: (fields) => update(session, fields),
  raw: (line) => push(`${line}\n`),
  notify: (method, { params }) => send({ method, params }),
  later: (method, { params }) => void ask(method, paramsOf(params)).then(sayAnswer),
  async ask(method, { params }) {
    const answer = await ask(method, paramsOf(params));
    terminal = answer.result?.terminalId ?? terminal;
    await sayAnswer(answer);
  },
  async wait() {
    while (!isCancelled) await delay(5);
  },
  deaf: () => delay(600_000),
  delay,
  call: (call) => pi.call(call),
  dialog: async (method, { fields }) => sayAnswer(await pi.dialog(method, fields)),
  stderr: (text) => process.stderr.write(`${text}\n`),
  exit: (code) => process.exit(code),
};

async function prompt(params) {
  isCancelled = false;
  const text = params.prompt
    .map((block) => (block.type === "text" ? block.text : `[${block.type} ${block.mimeType} ${block.data.length}]`))
    .join("");
  const ended = await BEHAVIOURS[behaviour](text);
  if (ended?.error !== undefined) return { error: ended.error };
  return { result: ended?.result ?? { stopReason: isCancelled ? "cancelled" : "end_turn" } };
}

const answers = () => ({ ...setup.session });
const isKept = (id) => store !== undefined && existsSync(join(store, id));

const METHODS = {
  initialize: () => ({
    result: { protocolVersion: 1, agentCapabilities: {}, authMethods: [], ...setup.initialize },
  }),
  async authenticate(params) {
    setup.unauthorized = false;
    return { result: { method: params.methodId } };
  },
  async "session/new"() {
    if (setup.unauthorized) return { error: { code: -32000, message: "Authentication required" } };
    sessions += 1;
    session = `native-${process.pid}-${sessions}`;
    if (store !== undefined) writeFileSync(join(store, session), "");
    if (setup.pi !== undefined)
      pi = await startPi({ ask: (...asked) => ask(...asked), update: (fields) => update(session, fields), ...setup.pi });
    return { result: { sessionId: session, ...answers() } };
  },
  async "session/load"(params) {
    if (!isKept(params.sessionId)) return { error: setup.unknownSession ?? { code: -32002, message: "Session not found" } };
    session = params.sessionId;
    await update(session, { sessionUpdate: "user_message_chunk", content: { type: "text", text: "old question" } });
    await say(session, "old answer");
    // Some tell the rest after they have answered.
    setTimeout(() => void update(session, { sessionUpdate: "tool_call", toolCallId: "old", title: "old call", status: "completed" }), 20);
    setTimeout(() => void say(session, "older answer"), 300);
    return { result: answers() };
  },
  async "session/resume"(params) {
    if (!isKept(params.sessionId)) return { error: setup.unknownSession ?? { code: -32002, message: "Session not found" } };
    session = params.sessionId;
    return { result: answers() };
  },
  "session/list": (params) => ({ result: (setup.pages ?? [{ sessions: [] }])[Number(params.cursor ?? 0)] }),
  async "session/set_mode"(params) {
    await say(session, `[MODE_UPDATE] ${params.modeId}`);
    return setup.stubborn ? { error: { code: -32603, message: "not now" } } : { result: {} };
  },
  "session/set_model": () => ({ result: {} }),
  "session/set_config_option": (params) => ({
    result: {
      configOptions: (setup.session?.configOptions ?? []).map((option) =>
        option.id === params.configId ? { ...option, currentValue: params.value } : option,
      ),
    },
  }),
  "session/prompt": prompt,
};

createInterface({ input: process.stdin }).on("line", async (line) => {
  if (process.env.ACP_LOG !== undefined) appendFileSync(process.env.ACP_LOG, `${line}\n`);
  const message = JSON.parse(line);
  if (message.method === "session/cancel") isCancelled = true;
  if (message.method === undefined) {
    waiting.get(message.id)?.(message.error === undefined ? { result: message.result } : { error: message.error });
    waiting.delete(message.id);
  } else if (message.id !== undefined) {
    const method = METHODS[message.method];
    const answer = method === undefined ? { error: { code: -32601, message: "Method not found" } } : await method(message.params);
    await send({ id: message.id, ...answer });
  }
});
