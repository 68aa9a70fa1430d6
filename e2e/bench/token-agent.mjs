// A coding agent for benchmarks: speaks Claude Code's stream-json and says as many tokens as the message asks for, at the rate it asks
// for ("200 100": 200 tokens, 100 a second). Each token is the moment it was written, in nanoseconds of the system's monotonic clock.
import { createInterface } from "node:readline";

const SESSION = "00000000-0000-4000-8000-000000000000";
const say = (message) => process.stdout.write(`${JSON.stringify({ ...message, session_id: SESSION })}\n`);
const event = (payload) => say({ type: "stream_event", event: payload, parent_tool_use_id: null });

async function turn(content) {
  const [count = 1, rate = 0] = content.split(" ").map(Number);
  const id = `msg_${process.hrtime.bigint()}`;
  say({ type: "system", subtype: "init", model: "bench", tools: [], cwd: process.cwd(), permissionMode: "default" });
  event({ type: "message_start", message: { id, role: "assistant", content: [], usage: { input_tokens: 1, output_tokens: 1 } } });
  event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
  const startedAt = performance.now();
  for (let index = 0; index < count; index += 1) {
    event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: `${process.hrtime.bigint()} ` } });
    if (rate === 0) continue;
    const wait = startedAt + ((index + 1) * 1_000) / rate - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  event({ type: "content_block_stop", index: 0 });
  event({ type: "message_stop" });
  const usage = { input_tokens: 1, output_tokens: count };
  say({ type: "result", subtype: "success", is_error: false, result: "", num_turns: 1, usage, total_cost_usd: 0, duration_ms: 1 });
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line);
  if (message.type === "control_request") {
    const { request_id } = message;
    say({ type: "control_response", response: { subtype: "success", request_id, response: { commands: [], models: [] } } });
  } else if (message.type === "user") {
    const { content } = message.message;
    void turn(typeof content === "string" ? content : content.map(({ text = "" }) => text).join(""));
  }
});
