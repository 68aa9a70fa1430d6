#!/usr/bin/env node
/**
 * A small, complete agent for the `generic-external` profile, without dependencies: JSON lines in, JSON lines out.
 * The contract is in ../adapters.md. Copy this file and replace `answer` by what your agent does.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

const HELP = `Hello! I am the **Sample Agent**, a small program that shows what an agent can do here. Try:

| say | and I will |
|---|---|
| \`help\` | say this again |
| \`count 10\` | count slowly, so that you can watch an answer arrive, and stop it |
| \`delete notes.txt\` | ask for your permission first (nothing is really deleted) |
| \`file\` | make a file for you |
| anything else | say it back |

My source is \`docs/examples/external-agent.mjs\`.
`;

/** session id → what this agent knows of the session. One process serves many sessions at once. */
const sessions = new Map();

/** Writes one line to the runtime. Everything but `ready` names the session it is about. */
function send(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function say(session, markdown) {
  send({ type: "output", session_id: session.id, channel: "answer", content: markdown });
}

/** Asks the person and settles with true (allowed) or false (denied, or the turn was stopped). */
function askPermission(session, { tool, description, resource }) {
  session.requests += 1;
  const request_id = `request-${session.requests}`;
  send({ type: "permission.request", session_id: session.id, request_id, tool, description, resource });
  return new Promise((resolve) => session.waiting.set(request_id, resolve));
}

async function count(session, last) {
  for (let number = 1; number <= last; number += 1) {
    if (session.stopped) {
      say(session, "\n*Stopped.*\n");
      return;
    }
    say(session, `${number === 1 ? "" : ", "}**${number}**`);
    await delay(400);
  }
  say(session, "\n\nThat is all.\n");
}

async function remove(session, what) {
  say(session, `To delete \`${what}\` I need your permission.\n\n`);
  const approved = await askPermission(session, { tool: "delete", description: `Delete ${what}`, resource: what });
  if (session.stopped) return;
  say(session, approved ? `Thank you. I would delete \`${what}\` now; as a sample I leave it alone.\n` : `All right, \`${what}\` stays.\n`);
}

/** Files are told by path; only files inside the working directory are accepted. */
function makeFile(session) {
  const file_path = "data/sample-agent/greeting.md";
  mkdirSync("data/sample-agent", { recursive: true });
  writeFileSync(file_path, `# Greetings\n\nWritten for you on ${new Date().toUTCString()}.\n`);
  send({ type: "file.output", session_id: session.id, file_path, file_name: "greeting.md", file_mime_type: "text/markdown" });
  say(session, "I wrote `greeting.md` for you.\n");
}

async function answer(session, text) {
  const [, verb = "", rest = ""] = /^\s*(\S*)\s*(.*?)\s*$/s.exec(text) ?? [];
  switch (verb.toLowerCase()) {
    case "":
    case "help":
      return say(session, HELP);
    case "count":
      return await count(session, Math.min(Math.max(Number.parseInt(rest, 10) || 10, 1), 1_000));
    case "delete":
      return await remove(session, rest || "notes.txt");
    case "file":
      return makeFile(session);
    default: {
      const words = text.trim().split(/\s+/).length;
      const quoted = text.trim().replaceAll("\n", "\n> ");
      say(
        session,
        `You said:\n\n> ${quoted}\n\nThat is **${words}** ${words === 1 ? "word" : "words"}. Say \`help\` to see what else I can do.\n`,
      );
    }
  }
}

/** One turn: from `user.input` to exactly one `turn.complete`, whatever happens in between. */
async function runTurn(session, text) {
  session.stopped = false;
  let error;
  try {
    await answer(session, text);
  } catch (cause) {
    error = String(cause);
  }
  send({ type: "turn.complete", session_id: session.id, error });
}

function sessionFor(id) {
  const session = sessions.get(id) ?? { id, stopped: false, requests: 0, waiting: new Map() };
  sessions.set(id, session);
  return session;
}

/** Settles an open question; an unknown request id is ignored. */
function settle(session, requestId, approved) {
  session.waiting.get(requestId)?.(approved);
  session.waiting.delete(requestId);
}

function stop(session) {
  session.stopped = true;
  for (const requestId of [...session.waiting.keys()]) settle(session, requestId, false);
}

function take(message) {
  const session = sessionFor(message.session_id);
  switch (message.type) {
    case "session.start":
      return undefined;
    case "user.input":
      return void runTurn(session, message.content);
    case "permission.response":
      return settle(session, message.request_id, message.approved);
    case "stop":
      return stop(session);
    case "session.close":
      stop(session);
      sessions.delete(session.id);
      return undefined;
    default:
      // A newer runtime may say more than this agent knows; stderr is shown as a diagnostic.
      process.stderr.write(`ignored a message of type ${message.type}\n`);
  }
}

send({ type: "ready", protocol: 1, name: "Sample Agent", version: "1.0.0" });
// The process ends by itself when the runtime closes its input.
createInterface({ input: process.stdin }).on("line", (line) => take(JSON.parse(line)));
