/** An agent that floods: for each line `N` on stdin it writes N megabytes of numbered 100-byte lines and then `END`. */
import { createInterface } from "node:readline";

const LINES_PER_WRITE = 600;

for await (const line of createInterface({ input: process.stdin })) {
  const lines = Math.round(Number(line) * 10_000);
  if (!Number.isSafeInteger(lines)) continue;
  for (let from = 0; from < lines; from += LINES_PER_WRITE) {
    let block = "";
    for (let number = from; number < Math.min(from + LINES_PER_WRITE, lines); number++) {
      block += `${String(number).padStart(10, "0")} ${"x".repeat(88)}\n`;
    }
    if (!process.stdout.write(block)) await new Promise((resolve) => process.stdout.once("drain", resolve));
  }
  process.stdout.write("END\n");
}
