/** An external agent that shows everything a screen must draw: Markdown, thoughts, output, questions, files, floods, silence. */
import { truncateSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { crc32, deflateSync } from "node:zlib";

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const answers = new Map();
const stopped = new Map();

const MARKDOWN = `# A small report

The **build** passed and took \`1.4 s\`. Three things changed:

1. the parser reads [empty files](https://example.org/empty)
2. ~~nothing~~ one test was added
3. numbers are right-aligned

| file | lines |
|------|------:|
| parse.ts | 120 |
| a-file-with-a-rather-long-name-in-a-deep-folder.ts | 7 |

\`\`\`ts
/** Adds two numbers. */
export function add(a: number, b: number): number {
  return a + b; // ${"a comment that is longer than a phone is wide, ".repeat(3)}
}
\`\`\`

> Quoted words stay quiet.

<script>window.hacked = true</script>
`;

const ACTS = {
  async markdown(write) {
    write("I should look at the build first.", "thought");
    for (const piece of MARKDOWN.match(/[\s\S]{1,24}/g) ?? []) {
      write(piece, "answer");
      await pause(5);
    }
  },
  async colours(write) {
    write("\u001b[32mok\u001b[0m 12 tests, \u001b[31m1 failed\u001b[0m\n", "stdout");
    write("warning: one test failed\n", "stderr");
  },
  async ask(write, session_id) {
    const request_id = `q${Date.now()}`;
    const answer = new Promise((resolve) => answers.set(request_id, resolve));
    say({
      type: "permission.request",
      session_id,
      request_id,
      tool: "shell",
      description: "Delete the build folder?",
      resource: "rm -rf ./build",
    });
    write((await answer) ? "Deleted." : "Left as it is.", "answer");
  },
  async file(write, session_id) {
    writeFileSync("report.txt", "All is well.\n");
    say({ type: "file.output", session_id, file_path: "report.txt", file_mime_type: "text/plain" });
    write("The report is ready.", "answer");
  },
  async picture(write, session_id) {
    write("Here is the plot.", "answer");
    writeFileSync("plot.png", png(1_200, 900));
    say({ type: "file.output", session_id, file_path: "plot.png", file_mime_type: "image/png" });
    write("It rises.", "answer");
  },
  async large(_write, session_id) {
    writeFileSync("film.mp4", "");
    truncateSync("film.mp4", 21_000_000);
    say({ type: "file.output", session_id, file_path: "film.mp4", file_mime_type: "video/mp4" });
  },
  async fail() {
    throw new Error("the model is not loaded");
  },
  async wait(write, session_id) {
    write("Thinking about it…", "answer");
    while (!stopped.get(session_id)) await pause(20);
  },
  async lines(write, _session, count) {
    for (let line = 1; line <= count; line += 1) {
      write(`line ${line} of ${count}\n`, "stdout");
      if (line % 200 === 0) await pause(1);
    }
  },
  /** Many messages instead of one: each act ends a message by changing the channel. */
  async messages(write, _session, count) {
    for (let message = 1; message <= count; message += 1) {
      write(`message ${message}\n`, message % 2 === 0 ? "stdout" : "answer");
      if (message % 100 === 0) await pause(1);
    }
  },
};

/** A picture of stripes. */
function png(width, height) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  const line = (y) => Buffer.concat([Buffer.from([0]), Buffer.alloc(3 * width, Buffer.from([(y * 2) % 256, 120, 200]))]);
  const lines = deflateSync(Buffer.concat(Array.from({ length: height }, (_, y) => line(y))));
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", lines), chunk("IEND", Buffer.alloc(0))]);
}

async function turn(session_id, content) {
  stopped.set(session_id, false);
  const [act = "", count] = content.trim().split(/\s+/);
  const write = (text, channel) => say({ type: "output", session_id, content: text, channel });
  try {
    if (Object.hasOwn(ACTS, act)) await ACTS[act](write, session_id, Number(count));
    else write(`You said: ${content}`, "answer");
    say({ type: "turn.complete", session_id });
  } catch (error) {
    say({ type: "turn.complete", session_id, error: error.message });
  }
}

say({ type: "ready", protocol: 1, name: "showcase" });
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === "user.input") void turn(message.session_id, message.content);
  if (message.type === "permission.response") answers.get(message.request_id)?.(message.approved);
  if (message.type === "stop") stopped.set(message.session_id, true);
}
