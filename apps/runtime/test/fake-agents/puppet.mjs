#!/usr/bin/env node
/** An external agent on strings: a message is a JSON list of what to write; texts are written as they are, objects as lines. */
import { createInterface } from "node:readline";

const write = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
if (process.env.PUPPET_READY !== undefined) write({ type: "ready", protocol: Number(process.env.PUPPET_READY) });

let last;
createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line);
  if (message.type === "session.start") last = message.session_id;
  if (message.type !== "user.input") {
    write({ type: "output", session_id: last, content: `got ${line}\n` });
    return;
  }
  const { session_id } = message;
  for (const item of JSON.parse(message.content)) {
    if (typeof item === "string") process.stdout.write(`${item}\n`);
    else if (item.stderr !== undefined) process.stderr.write(`${item.stderr}\n`.repeat(item.times ?? 1));
    else if (item.exit !== undefined) process.exit(item.exit);
    else write({ session_id, ...item });
  }
});
