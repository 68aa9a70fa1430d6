/** The reference's other half: dials the relay and joins it to one process by two pipes. */
import { spawn } from "node:child_process";
import { WebSocket } from "ws";

const [url = "", command = "cat", ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
const socket = new WebSocket(`${url}/runtime`, { perMessageDeflate: false, maxPayload: 16 * 1024 * 1024 });

socket.on("open", () => process.stdout.write(`${JSON.stringify({ ready: true })}\n`));
socket.on("message", (data) => child.stdin.write(`${String(data)}\n`));
socket.on("close", () => child.kill());
/** How much may wait in the socket before the pipe is read no further; without it the reference would only measure memory. */
const HIGH_WATER = 4 * 1024 * 1024;
const LINE_END = 0x0a;
function forward(piece: Buffer): void {
  socket.send(piece, { binary: false }, () => {
    if (child.stdout.isPaused() && socket.bufferedAmount < HIGH_WATER / 4) child.stdout.resume();
  });
}

/** As Amurg did: a message for each line, rather than for each piece read from the pipe. */
function forwardLines(chunk: Buffer): void {
  for (let from = 0; from < chunk.length; ) {
    const end = chunk.indexOf(LINE_END, from) + 1 || chunk.length;
    forward(chunk.subarray(from, end));
    from = end;
  }
}

child.stdout.on("data", process.env.RELAY_LINES === "1" ? forwardLines : forward);
child.stdout.on("data", () => {
  if (socket.bufferedAmount > HIGH_WATER) child.stdout.pause();
});
process.on("SIGTERM", () => {
  child.kill();
  process.exit(0);
});
