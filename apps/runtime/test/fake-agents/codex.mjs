#!/usr/bin/env node
/**
 * Speaks the protocol of `codex app-server`; its first argument says how it behaves. FAKE_CODEX may hold JSON: `account` and `models`
 * (what it answers about them), `resume` ("lost", or how often "busy" before it works), `threads` (pages of `thread/list`), `deaf`
 * (methods it never answers), `log` (a file where each line it hears is kept).
 */
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

const [behaviour] = process.argv.slice(2);
const setting = JSON.parse(process.env.FAKE_CODEX ?? "{}");
const THREAD = { id: "thread-1", model: "gpt-a", path: null };

const raw = (data) => new Promise((resolve) => process.stdout.write(data, () => resolve()));
const write = (message) => raw(`${JSON.stringify(message)}\n`);

let turn;
let turns = 0;
let requests = 0;
let busy = Number(setting.resume ?? 0);

const place = (one) => ({ threadId: THREAD.id, turnId: one.id });
const notify = (method, params, one = turn) => write({ method, params: { ...place(one), ...params } });
const deltaOf = (one, text) => ({ method: "item/agentMessage/delta", params: { ...place(one), itemId: `msg-${one.id}`, delta: text } });
const say = (one, text) => write(deltaOf(one, text));

async function end(one, status = "completed", error = null) {
  if (one.isOver) return;
  one.isOver = true;
  if (turn === one) turn = undefined;
  await write({ method: "turn/completed", params: { threadId: THREAD.id, turn: { id: one.id, items: [], status, error } } });
}

/** What each behaviour does with a message. */
const BEHAVIOURS = {
  echo: (one, text) => say(one, `echo: ${text}\n`),
  async slow(one) {
    for (let count = 1; !one.isOver; count += 1) {
      await say(one, `count ${count}\n`);
      await delay(20);
    }
  },
  async split(one, text) {
    for (const byte of Buffer.from(`${JSON.stringify(deltaOf(one, `${text.trim()}|`))}\n`)) {
      await raw(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
  async flood(one, text) {
    for (let from = 1; from <= Number(text) && !one.isOver; from += 1_000) {
      let block = "";
      for (let number = from; number < from + 1_000 && number <= Number(text); number += 1) block += `line ${number} ${"x".repeat(60)}\n`;
      await say(one, block);
    }
  },
  async crash(one, text) {
    if (text.trim() !== "crash") return await say(one, `echo: ${text}\n`);
    await say(one, "last words\n");
    process.exit(3);
  },
  async garbage(one) {
    const bytes = Buffer.alloc(65_536);
    for (let at = 0, seed = 1; at < bytes.length; at += 1) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      bytes[at] = seed >> 16;
    }
    await raw(bytes);
    await raw("\n");
    await say(one, "\nclean\n");
  },
  async "long-line"(one, text) {
    await say(one, "x".repeat(Number(text)));
    await say(one, "\nafter\n");
  },
  async "close-output"(one) {
    await say(one, "closing\n");
    process.stdout.end();
    await delay(600_000);
  },
  async "ignore-term"(one) {
    for (let count = 1; ; count += 1) {
      await say(one, `still here ${count}\n`);
      await delay(20);
    }
  },
  async grandchildren(one) {
    spawn("sleep", ["600"], { stdio: ["ignore", "inherit", "inherit"] }).unref();
    const stubborn = spawn("sh", ["-c", "trap '' INT TERM; echo ready >&3; while :; do sleep 1; done"], {
      stdio: ["ignore", "inherit", "inherit", "pipe"],
    });
    await new Promise((resolve) => stubborn.stdio[3].once("data", resolve));
    stubborn.stdio[3].destroy();
    stubborn.unref();
    await say(one, "two children\n");
  },
  /** The message is a JSON list of what to do; the turn goes on until it says `end`. */
  async puppet(one, text) {
    for (const item of JSON.parse(text)) {
      if (typeof item === "string") await raw(`${item}\n`);
      else if (item.stderr !== undefined) process.stderr.write(`${item.stderr}\n`);
      else if (item.exit !== undefined) process.exit(item.exit);
      else if (item.notify !== undefined) await notify(item.notify, item.params, one);
      else if (item.ask !== undefined)
        await write({ id: item.id ?? requests++, method: item.ask, params: { ...place(one), ...item.params } });
      else if (item.end !== undefined) await end(one, item.end, item.error);
      else await write(item);
    }
    return "open";
  },
};

if (behaviour === "die") {
  process.stderr.write("cannot start: no licence\n");
  process.exit(7);
}
if (behaviour === "ignore-term") for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);

async function startTurn(id, { input }) {
  turns += 1;
  const one = { id: `${process.pid}-turn-${turns}`, isOver: false };
  turn = one;
  await write({ id, result: { turn: { id: one.id, items: [], status: "inProgress", error: null } } });
  await write({ method: "turn/started", params: { threadId: THREAD.id, turn: { id: one.id, items: [], status: "inProgress" } } });
  const text = input.map((part) => part.text ?? `(${part.type} ${part.path})`).join("\n");
  if ((await BEHAVIOURS[behaviour](one, text)) !== "open") await end(one);
}

/** The methods it knows, with their results. */
const METHODS = {
  initialize: () => ({ userAgent: "fake/0.169.0" }),
  "account/read": () => setting.account ?? { account: null, requiresOpenaiAuth: false },
  "model/list": () => ({ data: setting.models ?? [], nextCursor: null }),
  "thread/list": ({ cursor }) => {
    const page = Number(cursor ?? 0);
    const pages = setting.threads ?? [[]];
    return { data: pages[page], nextCursor: page + 1 < pages.length ? String(page + 1) : null };
  },
  "thread/start": ({ approvalPolicy, model }) => ({ thread: THREAD, model: model ?? THREAD.model, reasoningEffort: null, approvalPolicy }),
  "thread/resume": ({ threadId, approvalPolicy }) => {
    if (setting.resume === "lost") throw new Error(`no rollout found for thread id ${threadId}`);
    busy -= 1;
    if (busy >= 0) throw new Error(`thread ${threadId} already has an active writer`);
    THREAD.id = threadId;
    return { thread: THREAD, model: THREAD.model, reasoningEffort: null, approvalPolicy };
  },
  "turn/interrupt": ({ turnId }) => {
    if (turn?.id !== turnId) throw new Error("no active turn");
    setImmediate(() => turn?.id === turnId && end(turn, "interrupted"));
    return {};
  },
  "turn/steer": ({ expectedTurnId }) => {
    if (turn?.id !== expectedTurnId) throw new Error("no active turn to steer");
    return { turnId: turn.id };
  },
  "thread/backgroundTerminals/clean": () => ({}),
};

createInterface({ input: process.stdin }).on("line", async (line) => {
  if (setting.log !== undefined) appendFileSync(setting.log, `${line}\n`);
  const { id, method, params } = JSON.parse(line);
  if (behaviour === "puppet" && turn !== undefined && method !== "turn/start") await say(turn, `got ${line}\n`);
  if (method === undefined || id === undefined || setting.deaf?.includes(method)) return;
  if (behaviour === "ignore-term" && method === "turn/interrupt") return;
  if (method === "turn/start") return await startTurn(id, params);
  try {
    if (METHODS[method] === undefined) throw new Error(`unknown variant \`${method}\``);
    await write({ id, result: METHODS[method](params) });
  } catch (error) {
    await write({ id, error: { code: -32600, message: error.message } });
  }
});
