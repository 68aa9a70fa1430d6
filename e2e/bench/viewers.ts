/** (c) One stream to 100 viewers against a plain loop over sockets; how late each viewer is; and a viewer that stalls. */
import { once } from "node:events";
import { join } from "node:path";
import { WebSocket } from "ws";
import { cpuSeconds, median, percentile, type Row, residentBytes } from "./measure.ts";
import { type Relay, type Stage, startRelay, untilEnd } from "./stage.ts";

const VIEWERS = 100;
const MEGABYTES = 4;
const LINES = MEGABYTES * 10_000;
const TICKS = 500;
const STALL_MS = 8_000;
const STALL_MEGABYTES = 24;
const STALL_LIMIT = 16 * 1024 * 1024;
/** Sockets one user may hold are bounded by the hub, so the viewers sign in as several users. */
const PER_USER = 25;
const ROUNDS = 3;
/** How a line of ticks begins; 16 digits follow. */
const STAMP = Buffer.from("at 1");
const STAMP_LENGTH = STAMP.length + 15;

/** A socket that counts nothing but whether the end of the flood has come. */
async function watch(url: string, protocols: { token?: string; hello?: string[] }): Promise<WebSocket> {
  const headers = protocols.token === undefined ? {} : { authorization: `Bearer ${protocols.token}` };
  const socket = new WebSocket(url, { headers, perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 });
  await once(socket, "open");
  for (const frame of protocols.hello ?? []) socket.send(frame);
  return socket;
}

export async function measureViewers(stage: Stage, tokens: readonly string[]): Promise<Row[]> {
  const agent = [join(import.meta.dirname, "flood-agent.mjs")];
  const relays = { lines: await startRelay(process.execPath, agent, { lines: true }), pieces: await startRelay(process.execPath, agent) };
  const client = await stage.client();
  const session = await client.call<{ id: string }>("sessions.create", { endpoint_id: "flood" });
  await client.call("messages.send", { session_id: session.id, content: "0.01" });
  const send = (content: string) => client.call("messages.send", { session_id: session.id, content });
  const head = async () => (await client.call<{ last_seq: number }>("sessions.get", { session_id: session.id })).last_seq;
  await settle(head);
  const hello = async () => [
    JSON.stringify({ type: "client.hello", protocol: [1] }),
    JSON.stringify({ type: "client.subscribe", session_id: session.id, after_seq: await head() }),
  ];
  const url = `${stage.url.replace(/^http/, "ws")}/ws/client`;
  const greeting = await hello();
  const ours = await Promise.all(
    Array.from({ length: VIEWERS }, (_, index) => watch(url, { token: tokens[Math.floor(index / PER_USER)] ?? "", hello: greeting })),
  );
  const viewersOf = (relay: Relay) => Promise.all(Array.from({ length: VIEWERS }, () => watch(`${relay.url}/client`, {})));
  const theirs = { lines: await viewersOf(relays.lines), pieces: await viewersOf(relays.pieces) };

  const floods = { ours: [] as Flood[], lines: [] as Flood[], pieces: [] as Flood[] };
  for (let round = 0; round < ROUNDS; round++) {
    floods.ours.push(await flood(ours, stage.hub.pid, () => send(String(MEGABYTES))));
    await settle(head);
    for (const kind of ["lines", "pieces"] as const) {
      floods[kind].push(await flood(theirs[kind], relays[kind].hub.pid, async () => theirs[kind][0]?.send(String(MEGABYTES))));
    }
  }
  for (const socket of [...theirs.lines, ...theirs.pieces]) socket.terminate();
  await Promise.all([relays.lines.stop(), relays.pieces.stop()]);

  const many = await lateness(ours, () => send(`T${TICKS}`));
  await settle(head);
  for (const socket of ours.slice(1)) socket.terminate();
  const one = await lateness(ours.slice(0, 1), () => send(`T${TICKS}`));
  await settle(head);
  const stall = await stalled(stage, { url, token: tokens[1] ?? "", hello: await hello(), send });
  for (const socket of ours) socket.terminate();
  client.close();

  const worst = Math.max(...many);
  const single = Math.max(...one);
  return [
    compare("a loop that sends each line", floods.ours, floods.lines, 2),
    compare("a loop that sends each piece", floods.ours, floods.pieces),
    {
      name: "(c) worst viewer p99 of 100",
      ours: `${worst.toFixed(1)} ms`,
      reference: `${single.toFixed(1)} ms alone`,
      ratio: (worst / single).toFixed(2),
      aim: "≤ 3",
      met: worst <= 3 * single,
    },
    {
      name: "(c) viewer stalled 8 s: lines lost",
      ours: String(stall.lost),
      reference: "",
      ratio: "",
      aim: "0",
      met: stall.lost === 0,
    },
    {
      name: "(c) viewer stalled 8 s: hub memory",
      ours: `${(stall.grown / 1_048_576).toFixed(1)} MiB more`,
      reference: `${(stall.grownWithout / 1_048_576).toFixed(1)} MiB without`,
      ratio: "",
      aim: "≤ 16 MiB apart",
      met: stall.grown - stall.grownWithout <= STALL_LIMIT,
    },
  ];
}

interface Flood {
  /** Lines delivered a second, over all viewers. */
  readonly rate: number;
  /** Processor seconds of the hub. */
  readonly cpu: number;
}

async function flood(sockets: readonly WebSocket[], pid: number, begin: () => Promise<unknown>): Promise<Flood> {
  const ends = sockets.map((socket) => untilEnd(socket));
  const cpuBefore = cpuSeconds(pid);
  const startedAt = performance.now();
  await begin();
  await Promise.all(ends);
  const seconds = (performance.now() - startedAt) / 1_000;
  return { rate: (LINES * sockets.length) / seconds, cpu: cpuSeconds(pid) - cpuBefore };
}

function compare(reference: string, ours: readonly Flood[], theirs: readonly Flood[], aim?: number): Row {
  const middle = (floods: readonly Flood[]) => ({
    rate: median(floods.map(({ rate }) => rate)),
    cpu: median(floods.map(({ cpu }) => cpu)),
  });
  const [mine, other] = [middle(ours), middle(theirs)];
  const say = ({ rate, cpu }: Flood) => `${(rate / 1e6).toFixed(2)} M/s, ${cpu.toFixed(2)} CPU s`;
  const ratio = mine.rate / other.rate;
  return {
    name: `(c) lines to 100 viewers, against ${reference}`,
    ours: say(mine),
    reference: say(other),
    ratio: ratio.toFixed(2),
    aim: aim === undefined ? "shown" : `≥ ${aim}`,
    met: aim === undefined || ratio >= aim,
  };
}

/** The p99 of each viewer's delay between the agent's write and the arrival of the line, in ms. */
async function lateness(sockets: readonly WebSocket[], begin: () => Promise<unknown>): Promise<number[]> {
  const delays = sockets.map((socket) => {
    const samples: number[] = [];
    // Looked for in the bytes: 100 viewers live in this one process, and parsing would be timed as lateness.
    socket.on("message", (data: Buffer) => {
      const now = performance.timeOrigin + performance.now();
      for (let at = data.indexOf(STAMP); at !== -1; at = data.indexOf(STAMP, at + STAMP_LENGTH)) {
        const written = Number(data.toString("latin1", at + 3, at + STAMP_LENGTH));
        if (Number.isFinite(written)) samples.push(now - written / 1_000);
      }
    });
    return samples;
  });
  const ends = sockets.map((socket) => untilEnd(socket));
  await begin();
  await Promise.all(ends);
  for (const socket of sockets) socket.removeAllListeners("message");
  return delays.map((samples) => percentile(samples, 0.99));
}

interface Stalling {
  readonly url: string;
  readonly token: string;
  readonly hello: string[];
  readonly send: (content: string) => Promise<unknown>;
}

/** One viewer reads nothing for 8 s of a flood, then reads on: how many lines it lost, and what it cost the hub. */
async function stalled(stage: Stage, { url, token, hello, send }: Stalling) {
  const grownWithout = await growth(stage, async () => {
    const quick = await watch(url, { token, hello });
    const end = untilEnd(quick);
    await send(String(STALL_MEGABYTES));
    await end;
    quick.terminate();
  });
  const fresh = JSON.parse(hello[1] ?? "{}") as { session_id: string };
  const session = (await (
    await fetch(`${stage.url}/api/sessions/${fresh.session_id}`, { headers: { authorization: `Bearer ${stage.token}` } })
  ).json()) as { last_seq: number };
  const slow = await watch(url, {
    token,
    hello: [hello[0] ?? "", JSON.stringify({ ...fresh, type: "client.subscribe", after_seq: session.last_seq })],
  });
  let text = "";
  slow.on("message", (data) => {
    const frame = JSON.parse(String(data)) as { type: string; events?: { type: string; kind?: string; text?: string }[] };
    for (const event of frame.events ?? []) if (event.type === "message.delta") text += event.text ?? "";
  });
  slow.pause();
  const end = untilEnd(slow);
  const grown = await growth(stage, async () => {
    await send(String(STALL_MEGABYTES));
    await new Promise((resolve) => setTimeout(resolve, STALL_MS));
  });
  slow.resume();
  await end;
  slow.terminate();
  const seen = new Set([...text.matchAll(/^(\d{10}) x/gm)].map(([, number]) => number));
  return { lost: STALL_MEGABYTES * 10_000 - seen.size, grown, grownWithout };
}

async function growth(stage: Stage, work: () => Promise<void>): Promise<number> {
  const before = residentBytes(stage.hub.pid);
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, residentBytes(stage.hub.pid));
  }, 100);
  await work();
  clearInterval(timer);
  return most - before;
}

/** Waits until the log has stopped growing. */
async function settle(head: () => Promise<number>): Promise<void> {
  let last = -1;
  for (;;) {
    const now = await head();
    if (now === last) return;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
