/** An agent of the Agent Client Protocol that asks before each act: `run COMMAND`, `fetch URL`, `edit PATH`, `fill PATH`, `both`, else it only talks. */
import { createInterface } from "node:readline";

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const waiting = new Map();
let nextId = 0;
let calls = 0;

const update = (sessionId, fields) => send({ method: "session/update", params: { sessionId, update: fields } });
const say = (sessionId, text) => update(sessionId, { sessionUpdate: "agent_message_chunk", content: { type: "text", text } });

function ask(method, params) {
  const id = nextId;
  nextId += 1;
  send({ id, method, params });
  return new Promise((resolve) => waiting.set(id, resolve));
}

const OPTIONS = [
  { optionId: "allow", kind: "allow_once", name: "Allow" },
  { optionId: "deny", kind: "reject_once", name: "Deny" },
];

const OLD = ["import { total } from './sum.js';", "", "export function report(rows) {", "  return total(rows);", "}", ""].join("\n");
const NEW = OLD.replace("export", "/** One line per row, and the total. */\nexport").replace(
  "  return total(rows);",
  "  const lines = rows.map(({ name, amount }) => [name, amount].join(': '));\n  return [...lines, total(rows)].join('\\n');",
);

const ACTS = {
  run: (command) => ({ title: command, kind: "execute", rawInput: { command, description: "Part of the task" } }),
  fetch: (url) => ({ title: `Fetch ${url}`, kind: "fetch", rawInput: { url } }),
  edit: (path) => ({
    title: `Edit ${path}`,
    kind: "edit",
    locations: [{ path }],
    content: [{ type: "diff", path, oldText: OLD, newText: NEW }],
  }),
  fill: (path) => ({
    title: `Write ${path}`,
    kind: "edit",
    locations: [{ path }],
    content: [{ type: "diff", path, newText: `${Array.from({ length: 20_000 }, (_, index) => `r${index + 1}`).join("\n")}\n` }],
  }),
};

/** One call: asked about first, then done or not. */
async function act(sessionId, name, rest) {
  calls += 1;
  const toolCallId = `call-${calls}`;
  const toolCall = { toolCallId, status: "pending", ...ACTS[name](rest) };
  update(sessionId, { sessionUpdate: "tool_call", ...toolCall });
  const { outcome } = await ask("session/request_permission", { sessionId, toolCall, options: OPTIONS });
  const allowed = outcome?.optionId === "allow";
  update(sessionId, { sessionUpdate: "tool_call_update", toolCallId, status: allowed ? "completed" : "failed" });
  say(sessionId, allowed ? `Did: ${name} ${rest}. ` : `Did not: ${name} ${rest}. `);
}

async function prompt({ sessionId, prompt: blocks }) {
  const text = blocks
    .map((block) => block.text ?? "")
    .join("")
    .trim();
  const [name = "", ...rest] = text.split(" ");
  if (Object.hasOwn(ACTS, name)) await act(sessionId, name, rest.join(" "));
  else if (name === "both") await Promise.all([act(sessionId, "run", "git fetch"), act(sessionId, "run", "git status")]);
  else say(sessionId, `You said: ${text}`);
  return { stopReason: "end_turn" };
}

const METHODS = {
  initialize: () => ({ protocolVersion: 1, agentCapabilities: {}, authMethods: [] }),
  "session/new": () => ({ sessionId: `coder-${process.pid}` }),
  "session/prompt": prompt,
};

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.method === undefined) {
    waiting.get(message.id)?.(message.result ?? {});
    waiting.delete(message.id);
  } else if (message.id !== undefined) {
    const method = METHODS[message.method];
    void Promise.resolve(method?.(message.params)).then((result) =>
      send(method === undefined ? { id: message.id, error: { code: -32601, message: "Method not found" } } : { id: message.id, result }),
    );
  }
}
