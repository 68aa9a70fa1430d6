/** An external agent that shows a file: at once, or "later", when a file named `go` lies in its folder; then it goes on until it is stopped. */
import { existsSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function turn(session_id, content) {
  const [when, file_path, size] = content.split(" ");
  while (when === "later" && !existsSync("go")) await pause(20);
  writeFileSync(file_path, Buffer.alloc(Number(size), file_path));
  say({ type: "file.output", session_id, file_path, file_mime_type: "text/plain" });
  if (when === "now") say({ type: "turn.complete", session_id, exit_code: 0 });
}

say({ type: "ready", protocol: 1, name: "shows" });
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === "user.input") void turn(message.session_id, message.content);
  if (message.type === "stop") say({ type: "turn.complete", session_id: message.session_id });
}
