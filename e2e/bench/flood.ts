/** (b) Streamed output of a flooding agent: megabytes a second to the client, and processor seconds a gigabyte, against the relay. */
import { once } from "node:events";
import { join } from "node:path";
import { WebSocket } from "ws";
import { cpuSeconds, median, type Row } from "./measure.ts";
import { type Stage, startRelay, untilEnd } from "./stage.ts";

const ROUNDS = 3;
const MEGABYTES = 48;

interface Flood {
  readonly rate: number;
  readonly cpu: number;
}

export async function measureFlood(stage: Stage): Promise<Row[]> {
  const relay = await startRelay(process.execPath, [join(import.meta.dirname, "flood-agent.mjs")]);
  const socket = new WebSocket(`${relay.url}/client`, { perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 });
  await once(socket, "open");
  const client = await stage.client();
  const session = await client.call<{ id: string }>("sessions.create", { endpoint_id: "flood" });
  const viewer = await watch(stage, session.id);

  const ours: Flood[] = [];
  const theirs: Flood[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(
      await timed([stage.hub.pid, stage.runtime.pid], async () => {
        const end = untilEnd(viewer, "turn.completed");
        await client.call("messages.send", { session_id: session.id, content: String(MEGABYTES) });
        await end;
      }),
    );
    theirs.push(
      await timed([relay.hub.pid, relay.runtime.pid], async () => {
        const end = untilEnd(socket);
        socket.send(String(MEGABYTES));
        await end;
      }),
    );
  }
  client.close();
  viewer.terminate();
  socket.terminate();
  await relay.stop();
  const rate = { ours: median(ours.map((flood) => flood.rate)), reference: median(theirs.map((flood) => flood.rate)) };
  const cpu = { ours: median(ours.map((flood) => flood.cpu)), reference: median(theirs.map((flood) => flood.cpu)) };
  return [
    {
      name: "(b) flood, MB/s",
      ours: rate.ours.toFixed(1),
      reference: rate.reference.toFixed(1),
      ratio: (rate.ours / rate.reference).toFixed(2),
      aim: "≥ 1",
      met: rate.ours >= rate.reference,
    },
    {
      name: "(b) flood, CPU s/GB",
      ours: cpu.ours.toFixed(1),
      reference: cpu.reference.toFixed(1),
      ratio: (cpu.ours / cpu.reference).toFixed(2),
      aim: "shown",
      met: true,
    },
  ];
}

/** A viewer that, like the relay's, looks at the bytes only: what a client makes of them is not the hub's work. */
async function watch(stage: Stage, sessionId: string): Promise<WebSocket> {
  const socket = new WebSocket(`${stage.url.replace(/^http/, "ws")}/ws/client`, {
    headers: { authorization: `Bearer ${stage.token}` },
    perMessageDeflate: false,
    maxPayload: 64 * 1024 * 1024,
  });
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "client.hello", protocol: [1] }));
  socket.send(JSON.stringify({ type: "client.subscribe", session_id: sessionId, after_seq: 0 }));
  return socket;
}

async function timed(pids: readonly number[], work: () => Promise<void>): Promise<Flood> {
  const used = () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const cpuBefore = used();
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  return { rate: MEGABYTES / seconds, cpu: ((used() - cpuBefore) / MEGABYTES) * 1_000 };
}
