/** (f), (g): what we add to a coding agent: to its tokens on their way, to its start, and to its memory. */
import { spawn } from "node:child_process";
import { median, percentile, type Row, residentBytes } from "./measure.ts";
import type { RawClient } from "./raw-client.ts";
import { type Stage, startRelay, TOKEN_AGENT } from "./stage.ts";

const FIRST_TOKENS = 60;
const AGENTS = 20;
const TOKENS_PER_SECOND = 100;
const STREAM_SECONDS = 5;
/** After the first one, in which hub and runtime are compiled; that one is told for itself. */
const STREAM_ROUNDS = 3;
const STARTS = 12;
const IDLE_SESSIONS = 40;
const SETTLE_MS = 2_000;
/** Between two things asked (ms): the hub takes 30 frames a second of a socket, and refuses more. */
const PACE_MS = 100;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** How long ago a token was written (ms): both clocks are the system's monotonic one. */
function ageOf(token: string): number {
  return Number(process.hrtime.bigint() - BigInt(token)) / 1e6;
}

interface Conversation {
  readonly id: string;
  readonly ages: number[];
  /** Sends a message and resolves when its turn has ended. */
  run(content: string): Promise<void>;
}

async function openConversation(client: RawClient): Promise<Conversation> {
  const { id } = await client.call<{ id: string }>("sessions.create", { endpoint_id: "tokens" });
  await pause(PACE_MS);
  const ages: number[] = [];
  let ended: () => void = () => undefined;
  client.subscribe(id, (event) => {
    if (event.type === "message.delta") for (const token of (event.text ?? "").split(" ")) if (token !== "") ages.push(ageOf(token));
    if (event.type === "turn.failed") throw new Error(`the turn failed: ${JSON.stringify(event)}`);
    if (event.type === "turn.completed") ended();
  });
  return {
    id,
    ages,
    async run(content) {
      const end = new Promise<void>((resolve) => {
        ended = resolve;
      });
      await client.call("messages.send", { session_id: id, content });
      await end;
    },
  };
}

async function close(client: RawClient, conversations: readonly Conversation[]): Promise<void> {
  for (const { id } of conversations) {
    await client.call("sessions.close", { session_id: id });
    // A socket may follow so many sessions only.
    client.socket.send(JSON.stringify({ type: "client.unsubscribe", session_id: id }));
    await pause(PACE_MS);
  }
}

export async function measureAgents(stage: Stage): Promise<Row[]> {
  const client = await stage.client();
  const rows = [
    ...(await measureFirstToken(client)),
    await measureStreams(client),
    await measureStart(client),
    await measureIdle(stage, client),
  ];
  client.close();
  return rows;
}

/** The first token of a turn, one agent, against the same agent behind a bare relay. */
async function measureFirstToken(client: RawClient): Promise<Row[]> {
  const ours = await openConversation(client);
  await ours.run("1");
  ours.ages.length = 0;
  const relay = await startRelay(process.execPath, TOKEN_AGENT, { lines: true });
  const theirs = await relayAges(relay.url);
  for (let index = 0; index < FIRST_TOKENS; index += 1) {
    await ours.run("1");
    await theirs.run();
    await pause(PACE_MS);
  }
  theirs.close();
  await relay.stop();
  await close(client, [ours]);
  const [added, reference] = [median(ours.ages), median(theirs.ages)];
  return [
    {
      name: "(f) first token to the client, p50",
      ours: `${added.toFixed(2)} ms`,
      reference: `${reference.toFixed(2)} ms`,
      ratio: (added / reference).toFixed(2),
      aim: "≤ 10 ms",
      met: added <= 10,
    },
  ];
}

async function relayAges(url: string) {
  const { WebSocket } = await import("ws");
  const socket = new WebSocket(`${url}/client`, { perMessageDeflate: false });
  await new Promise((resolve) => socket.once("open", resolve));
  const ages: number[] = [];
  let ended: () => void = () => undefined;
  socket.on("message", (data) => {
    const line = String(data);
    const token = /"text":"(\d+) "/.exec(line)?.[1];
    if (token !== undefined) ages.push(ageOf(token));
    if (line.includes('"type":"result"')) ended();
  });
  return {
    ages,
    close: () => socket.terminate(),
    async run() {
      const end = new Promise<void>((resolve) => {
        ended = resolve;
      });
      socket.send(JSON.stringify({ type: "user", message: { role: "user", content: "1" } }));
      await end;
    },
  };
}

/** Many agents streaming at once through one hub to one client. */
async function measureStreams(client: RawClient): Promise<Row> {
  const conversations: Conversation[] = [];
  for (let index = 0; index < AGENTS; index += 1) conversations.push(await openConversation(client));
  for (const conversation of conversations) {
    await conversation.run("1");
    await pause(PACE_MS);
  }
  const cold = percentile(await streamAtOnce(conversations), 0.99);
  const ages: number[] = [];
  for (let round = 0; round < STREAM_ROUNDS; round += 1) ages.push(...(await streamAtOnce(conversations)));
  await close(client, conversations);
  const slow = percentile(ages, 0.99);
  return {
    name: `(f) ${AGENTS} agents at ${TOKENS_PER_SECOND} tokens/s, p99 (p50 ${median(ages).toFixed(1)} ms; just started, p99 ${cold.toFixed(0)} ms)`,
    ours: `${slow.toFixed(1)} ms`,
    reference: "",
    ratio: "",
    aim: "≤ 50 ms",
    met: slow <= 50,
  };
}

/** Has all of them speak at the same time, and tells the ages (ms) at which their tokens came. */
async function streamAtOnce(conversations: readonly Conversation[]): Promise<number[]> {
  await pause(SETTLE_MS);
  for (const { ages } of conversations) ages.length = 0;
  const tokens = TOKENS_PER_SECOND * STREAM_SECONDS;
  await Promise.all(conversations.map((conversation) => conversation.run(`${tokens} ${TOKENS_PER_SECOND}`)));
  const ages = conversations.flatMap((conversation) => conversation.ages);
  if (ages.length !== conversations.length * tokens) throw new Error(`${ages.length} of ${conversations.length * tokens} tokens arrived`);
  return ages;
}

/** From the message to the first token of a session that has no agent yet, against the agent alone. */
async function measureStart(client: RawClient): Promise<Row> {
  const ours: number[] = [];
  const alone: number[] = [];
  for (let index = 0; index < STARTS; index += 1) {
    const conversation = await openConversation(client);
    const startedAt = performance.now();
    await conversation.run("1");
    ours.push(performance.now() - startedAt);
    await close(client, [conversation]);
    alone.push(await startAlone());
  }
  const added = median(ours) - median(alone);
  return {
    name: "(g) start of a session beyond the agent's own, p50",
    ours: `${median(ours).toFixed(0)} ms`,
    reference: `${median(alone).toFixed(0)} ms`,
    ratio: `${added < 0 ? "" : "+"}${added.toFixed(0)} ms`,
    aim: "≤ +50 ms",
    met: added <= 50,
  };
}

/** The same conversation with the program itself: from its start to the end of its first turn (ms). */
function startAlone(): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, TOKEN_AGENT, { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.write(`${JSON.stringify({ type: "control_request", request_id: "r", request: { subtype: "initialize" } })}\n`);
  child.stdin.write(`${JSON.stringify({ type: "user", message: { role: "user", content: "1" } })}\n`);
  return new Promise((resolve) => {
    child.stdout.on("data", (data) => {
      if (!String(data).includes('"type":"result"')) return;
      resolve(performance.now() - startedAt);
      child.kill();
    });
  });
}

/** What hub and runtime hold for a session whose agent runs and waits. */
async function measureIdle(stage: Stage, client: RawClient): Promise<Row> {
  await pause(SETTLE_MS);
  const before = residentBytes(stage.hub.pid) + residentBytes(stage.runtime.pid);
  const conversations: Conversation[] = [];
  for (let index = 0; index < IDLE_SESSIONS; index += 1) {
    const conversation = await openConversation(client);
    await conversation.run("1");
    await pause(PACE_MS);
    conversations.push(conversation);
  }
  await pause(SETTLE_MS);
  const each = Math.max(0, residentBytes(stage.hub.pid) + residentBytes(stage.runtime.pid) - before) / IDLE_SESSIONS / 1_048_576;
  await close(client, conversations);
  return {
    name: "(g) our memory for an idle agent session",
    ours: `${each.toFixed(2)} MiB`,
    reference: "",
    ratio: "",
    aim: "≤ 2 MiB",
    met: each <= 2,
  };
}
