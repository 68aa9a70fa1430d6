/**
 * An agent that floods. `N` on stdin: N megabytes of numbered 100-byte lines. `TN`: N lines, 2 ms apart, each with the time
 * it was written (microseconds since the epoch). Both end with `END`.
 */
import { createInterface } from "node:readline";

const LINES_PER_WRITE = 600;
const TICK_MS = 2;

async function write(text) {
  if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once("drain", resolve));
}

async function flood(lines) {
  for (let from = 0; from < lines; from += LINES_PER_WRITE) {
    let block = "";
    for (let number = from; number < Math.min(from + LINES_PER_WRITE, lines); number++) {
      block += `${String(number).padStart(10, "0")} ${"x".repeat(88)}\n`;
    }
    await write(block);
  }
}

async function tick(lines) {
  for (let number = 0; number < lines; number++) {
    await write(`at ${Math.round((performance.timeOrigin + performance.now()) * 1_000)}\n`);
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [, kind, amount] = /^(T?)(\d+(?:\.\d+)?)$/.exec(line.trim()) ?? [];
  if (amount === undefined) continue;
  await (kind === "T" ? tick(Number(amount)) : flood(Math.round(Number(amount) * 10_000)));
  await write("END\n");
}
