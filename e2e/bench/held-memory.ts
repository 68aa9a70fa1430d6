/** What a process holds: its resident memory once what nobody refers to any more is given back. */
import { once } from "node:events";
import { WebSocket } from "ws";
import { residentBytes } from "./measure.ts";
import type { Measured } from "./stage.ts";

const OPENS_WITHIN_MS = 5_000;
/** The first collection frees what the second can return to the system. */
const COLLECTIONS = 3;
const SETTLE_MS = 500;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Has garbage collected by the process's debugger, which SIGUSR1 opens, and reads its resident memory (bytes). */
export async function heldBytes(child: Measured): Promise<number> {
  child.kill("SIGUSR1");
  const socket = new WebSocket(await debuggerUrl(child.debug_port));
  await once(socket, "open");
  for (let id = 1; id <= COLLECTIONS; id += 1) {
    const collected = once(socket, "message");
    socket.send(JSON.stringify({ id, method: "HeapProfiler.collectGarbage" }));
    await collected;
    await pause(SETTLE_MS);
  }
  socket.close();
  return residentBytes(child.pid);
}

async function debuggerUrl(port: number): Promise<string> {
  const deadline = Date.now() + OPENS_WITHIN_MS;
  while (Date.now() < deadline) {
    const response = await fetch(`http://127.0.0.1:${port}/json/list`).catch(() => undefined);
    const targets = response === undefined ? [] : ((await response.json()) as { webSocketDebuggerUrl: string }[]);
    if (targets[0] !== undefined) return targets[0].webSocketDebuggerUrl;
    await pause(50);
  }
  throw new Error("the process did not open its debugger");
}
