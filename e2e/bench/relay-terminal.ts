/** The reference's other half for terminals: dials the relay and joins it to one PTY, piece by piece as it is read. */
import { once } from "node:events";
import { spawn } from "@lydell/node-pty";
import { WebSocket } from "ws";

const [url = "", command = "cat", ...args] = process.argv.slice(2);
const socket = new WebSocket(`${url}/runtime`, { perMessageDeflate: false, maxPayload: 16 * 1024 * 1024 });
await once(socket, "open");
const terminal = spawn(command, args, { cols: 80, rows: 24, encoding: null });
/** How much may wait in the socket before the PTY is read no further; without it the reference would only measure memory. */
const HIGH_WATER = 4 * 1024 * 1024;
let paused = false;

process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
socket.on("message", (data: Buffer) => terminal.write(data.toString()));
socket.on("close", () => terminal.kill());
// The types say text; without an encoding it is bytes.
terminal.onData((piece: string | Buffer) => {
  socket.send(piece, { binary: true }, () => {
    if (!paused || socket.bufferedAmount >= HIGH_WATER / 4) return;
    paused = false;
    terminal.resume();
  });
  if (paused || socket.bufferedAmount < HIGH_WATER) return;
  paused = true;
  terminal.pause();
});
process.on("SIGTERM", () => {
  terminal.kill();
  process.exit(0);
});
