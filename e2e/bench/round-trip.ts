/** (a) A small message from a client's socket through hub and runtime to `cat` and back, everything stored, against the relay. */
import { once } from "node:events";
import { WebSocket } from "ws";
import { percentile, type Row } from "./measure.ts";
import type { RawClient } from "./raw-client.ts";
import { type Relay, type Stage, startRelay } from "./stage.ts";

const BLOCKS = 6;
const PER_BLOCK = 50;
/** Below the hub's limit of messages a second for one socket, so that neither side ever queues. */
const PACE_MS = 40;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function measureRoundTrip(stage: Stage): Promise<Row[]> {
  const relay = await startRelay("cat");
  const ours = await openOurs(stage);
  const theirs = await openRelay(relay);
  const samples = { ours: [] as number[], theirs: [] as number[] };
  await block(ours.once, []);
  await block(theirs.once, []);
  for (let round = 0; round < BLOCKS; round++) {
    await block(ours.once, samples.ours);
    await block(theirs.once, samples.theirs);
  }
  ours.close();
  theirs.close();
  await relay.stop();
  return [row("(a) round trip p50", 0.5, 1.5, samples), row("(a) round trip p99", 0.99, 2, samples)];
}

async function block(once: () => Promise<void>, samples: number[]): Promise<void> {
  for (let index = 0; index < PER_BLOCK; index++) {
    const startedAt = performance.now();
    await once();
    samples.push(performance.now() - startedAt);
    await pause(PACE_MS);
  }
}

function row(name: string, share: number, aim: number, samples: { ours: number[]; theirs: number[] }): Row {
  const ours = percentile(samples.ours, share);
  const reference = percentile(samples.theirs, share);
  const ratio = ours / reference;
  return {
    name,
    ours: `${ours.toFixed(2)} ms`,
    reference: `${reference.toFixed(2)} ms`,
    ratio: ratio.toFixed(2),
    aim: `≤ ${aim}`,
    met: ratio <= aim,
  };
}

/** Also used to see how long a message takes while other sessions are busy. */
export async function openOurs(stage: Stage): Promise<{ once: () => Promise<void>; close: () => void }> {
  const client: RawClient = await stage.client();
  const session = await client.call<{ id: string }>("sessions.create", { endpoint_id: "cat" });
  let arrived: () => void = () => undefined;
  client.subscribe(session.id, (event) => {
    if (event.type === "message.delta") arrived();
  });
  return {
    close: client.close,
    once() {
      const echo = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      client.call("messages.send", { session_id: session.id, content: "ping" }).catch((error: unknown) => {
        throw error;
      });
      return echo;
    },
  };
}

async function openRelay(relay: Relay): Promise<{ once: () => Promise<void>; close: () => void }> {
  const socket = new WebSocket(`${relay.url}/client`, { perMessageDeflate: false });
  await once(socket, "open");
  return {
    close: () => socket.terminate(),
    async once() {
      socket.send("ping");
      await once(socket, "message");
    },
  };
}
