/** Lets one fake agent be any kind of agent: FAKE_STYLE is cli (FAKE_PROMPT: shown on stderr), job, external or http. */
import { createServer } from "node:http";
import { createInterface } from "node:readline";

const style = process.env.FAKE_STYLE ?? "cli";
const prompt = process.env.FAKE_PROMPT;

/** Writes and waits until the pipe has taken it. */
function push(stream, data) {
  return new Promise((resolve) => stream.write(data, () => resolve()));
}

/** Writes a buffer byte by byte, each in a write of its own. */
async function dribble(stream, bytes) {
  for (const byte of bytes) {
    await push(stream, Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function plain(stream) {
  return {
    write: (data) => push(stream, data),
    dribble: (text) => dribble(stream, Buffer.from(text)),
    raw: (data) => push(stream, data),
    end: async () => undefined,
    closeOutput: () => stream.end(),
    crash: () => process.exit(3),
  };
}

function external(session_id) {
  const line = (message) => `${JSON.stringify({ session_id, ...message })}\n`;
  return {
    write: (data) => push(process.stdout, line({ type: "output", content: String(data) })),
    dribble: (text) => dribble(process.stdout, Buffer.from(line({ type: "output", content: text }))),
    raw: (data) => push(process.stdout, Buffer.concat([Buffer.from(data), Buffer.from("\n")])),
    send: (message) => push(process.stdout, line(message)),
    end: () => push(process.stdout, line({ type: "turn.complete" })),
    closeOutput: () => process.stdout.end(),
    crash: () => process.exit(3),
  };
}

/**
 * Answers each message with `answer(message, agent)`. `events` may hear other lines of an external agent: `stop`,
 * `permission.response`, `session.close`.
 */
export function serve(answer, events = {}) {
  if (style === "job") {
    let text = "";
    process.stdin.setEncoding("utf8");
    process.stdin.on("data", (chunk) => {
      text += chunk;
    });
    process.stdin.on("end", () => void answer(text, plain(process.stdout)));
  } else if (style === "http") {
    const server = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8");
      request.on("data", (chunk) => {
        text += chunk;
      });
      response.on("error", () => undefined);
      request.on("end", async () => {
        await answer(text, { ...plain(response), crash: () => response.destroy() });
        response.end();
      });
    });
    server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
  } else {
    const ask = async () => prompt !== undefined && (await push(process.stderr, prompt));
    if (style === "cli") void ask();
    createInterface({ input: process.stdin }).on("line", async (line) => {
      if (style === "cli") {
        await answer(line, plain(process.stdout));
        await ask();
        return;
      }
      const message = JSON.parse(line);
      const agent = external(message.session_id);
      if (message.type !== "user.input") return await events[message.type]?.(message, agent);
      await answer(message.content, agent);
      await agent.end();
    });
  }
}
