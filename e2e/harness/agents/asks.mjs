/** An external agent: streams an answer, and asks for permission in the middle of messages that contain "ask". */
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const waiting = new Map();

async function turn(session_id, content) {
  appendFileSync(process.env.RUNS, `${content}\n`);
  const write = (text) => say({ type: "output", session_id, content: text, channel: "answer" });
  for (let word = 1; word <= 6; word += 1) {
    write(`${content} word ${word}. `);
    await pause(10);
  }
  if (content.includes("ask")) {
    const request_id = `${session_id}.${content}`;
    const answered = new Promise((resolve) => waiting.set(request_id, resolve));
    say({ type: "permission.request", session_id, request_id, tool: "shell", description: `run ${content}` });
    write((await answered) ? "allowed. " : "forbidden. ");
  }
  for (let word = 7; word <= 12; word += 1) {
    write(`${content} word ${word}. `);
    await pause(10);
  }
  say({ type: "turn.complete", session_id, exit_code: 0 });
}

say({ type: "ready", protocol: 1, name: "asks" });
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === "user.input") void turn(message.session_id, message.content);
  if (message.type === "permission.response") waiting.get(message.request_id)?.(message.approved);
}
