/** `npm run bench`: real processes against references run in turn in the same call, as one table. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { measureAgents } from "./agents.ts";
import { measureFlood } from "./flood.ts";
import { measureFold } from "./fold.ts";
import { median, percentile, printTable, type Row } from "./measure.ts";
import { measureMemory } from "./memory.ts";
import { signIn } from "./raw-client.ts";
import { measureRoundTrip, openOurs } from "./round-trip.ts";
import { type Stage, startStage } from "./stage.ts";
import { measureTerminals } from "./terminals.ts";
import { measureViewers } from "./viewers.ts";

const ROOT = join(import.meta.dirname, "../..");
const USERS = 4;
const NEIGHBOUR_LIMIT_MS = 20;

const asked = new Set(process.argv.slice(2));
const wants = (part: string) => asked.size === 0 || asked.has(part);

/** Tokens of several users of one hub; they are admins, so that each may watch the others' sessions. */
async function signInUsers(stage: Stage): Promise<string[]> {
  const tokens: string[] = [];
  for (let index = 0; index < USERS; index++) {
    const username = `viewer-${index}`;
    const password = `password-of-viewer-${index}`;
    await fetch(`${stage.url}/api/users`, {
      method: "POST",
      headers: { authorization: `Bearer ${stage.token}`, "content-type": "application/json" },
      body: JSON.stringify({ username, password, role: "admin" }),
    });
    tokens.push(await signIn(stage.url, username, password));
  }
  return tokens;
}

/** While one session floods, how long a message of another takes. */
async function measureNeighbour(stage: Stage): Promise<Row[]> {
  const ours = await openOurs(stage);
  await ours.once();
  const flooder = await stage.client();
  const session = await flooder.call<{ id: string }>("sessions.create", { endpoint_id: "flood" });
  let flooding = true;
  flooder.subscribe(session.id, (event) => {
    if (event.type === "turn.completed") flooding = false;
  });
  await flooder.call("messages.send", { session_id: session.id, content: "96" });
  const samples: number[] = [];
  while (flooding && samples.length < 200) {
    await new Promise((resolve) => setTimeout(resolve, 40));
    const startedAt = performance.now();
    await ours.once();
    samples.push(performance.now() - startedAt);
  }
  await flooder.call("sessions.close", { session_id: session.id });
  flooder.close();
  ours.close();
  const typical = median(samples);
  return [
    {
      name: `(e) round trip beside a flood, p50 (p99 ${percentile(samples, 0.99).toFixed(0)} ms)`,
      ours: `${typical.toFixed(1)} ms`,
      reference: "",
      ratio: "",
      aim: `≤ ${NEIGHBOUR_LIMIT_MS} ms`,
      met: typical <= NEIGHBOUR_LIMIT_MS,
    },
  ];
}

/** Runs the storage benchmark of the hub, which prints one JSON object of events a second by database. */
function appendRates(): Promise<Record<string, number | null>> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", "apps/hub/bench/append.ts"], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.on("data", (data) => {
      text += data;
    });
    child.once("exit", (code) => {
      if (code === 0) resolve(JSON.parse(text.trim().split("\n").at(-1) ?? "{}") as Record<string, number | null>);
      else reject(new Error(`the storage benchmark ended with exit code ${code}`));
    });
  });
}

async function measureAppend(): Promise<Row[]> {
  const rates = await appendRates();
  const aims: Record<string, number> = { sqlite: 20_000, postgres: 10_000 };
  return Object.entries(aims).map(([database, aim]) => {
    const rate = rates[database] ?? 0;
    return {
      name: `(e) stored events/s, ${database}`,
      ours: rate === 0 ? "not measured" : Math.round(rate).toLocaleString("en"),
      reference: "",
      ratio: "",
      aim: `≥ ${aim.toLocaleString("en")}`,
      met: rate >= aim,
    };
  });
}

const rows: Row[] = [];

/** Measures on a hub and a runtime of its own: what others left in memory would show. */
async function onStage(measure: (stage: Stage) => Promise<Row[]>): Promise<void> {
  const stage = await startStage();
  try {
    rows.push(...(await measure(stage)));
  } finally {
    await stage.stop();
  }
}

await onStage(async (stage) => {
  if (wants("round-trip")) rows.push(...(await measureRoundTrip(stage)));
  if (wants("flood")) rows.push(...(await measureFlood(stage)));
  if (wants("neighbour")) rows.push(...(await measureNeighbour(stage)));
  return wants("viewers") ? measureViewers(stage, await signInUsers(stage)) : [];
});
if (wants("memory")) await onStage(async (quiet) => measureMemory(quiet, await signInUsers(quiet)));
if (wants("agents")) await onStage(measureAgents);
if (wants("terminals")) await onStage(measureTerminals);
if (wants("fold")) rows.push(...measureFold());
if (wants("append")) rows.push(...(await measureAppend()));
printTable(rows);
