/** (h) Terminals: key echo and bulk output against a bare relay to the same PTY, keys beside busy terminals, attaching, memory. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { heldBytes } from "./held-memory.ts";
import { cpuSeconds, median, percentile, type Row } from "./measure.ts";
import { attachTerminal, closeTerminals, openTerminal, openTerminals, type RawTerminal } from "./raw-terminal.ts";
import { type Relay, type Stage, startTerminalRelay } from "./stage.ts";

const ROUNDS = 24;
const KEYS_PER_LINE = 20;
const KEY_PACE_MS = 12;
const BULK_BYTES = 48 * 1024 * 1024;
/** The first of each compile what the others run, and do not count. */
const BULK_ROUNDS = 12;
const BUSY = 50;
const BUSY_KEYS = 300;
const SCROLLBACK = 10_000;
const IDLE = 80;
const SETTLE_MS = 1_500;
const SHELL = ["--norc", "--noprofile"];
const FIRST_WORD = "module";
/** A program that prints nothing: what comes back for a key is the PTY's own echo. */
const QUIET_READER = "cat >/dev/null\n";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What both sides of a comparison can do. */
interface Typist {
  type(text: string): void;
  until(mark: string): Promise<number>;
  cpu(): number;
}

export async function measureTerminals(stage: Stage): Promise<Row[]> {
  const client = await stage.client();
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bench-"));
  const file = join(folder, "lines.txt");
  writeFileSync(file, makeLines(BULK_BYTES));
  const relay = await startTerminalRelay("bash", SHELL);
  try {
    const ours = typistOf(stage, await openTerminal(client, await stage.client()));
    const theirs = await relayTypist(relay);
    const keys = await measureKeys(ours, theirs);
    const bulk = await measureBulk(ours, theirs, file);
    return [...keys, ...bulk, ...(await measureAttach(stage)), ...(await measureBusy(stage)), ...(await measureIdle(stage))];
  } finally {
    client.close();
    await relay.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function typistOf(stage: Stage, terminal: RawTerminal): Typist {
  return {
    type: terminal.type,
    until: terminal.until,
    cpu: () => cpuSeconds(stage.hub.pid) + cpuSeconds(stage.runtime.pid),
  };
}

async function relayTypist(relay: Relay): Promise<Typist> {
  const socket = new WebSocket(`${relay.url}/client`, { perMessageDeflate: false, maxPayload: 16 * 1024 * 1024 });
  await once(socket, "open");
  return {
    type: (text) => socket.send(Buffer.from(text)),
    until(mark) {
      return new Promise((resolve) => {
        let tail = "";
        const look = (data: Buffer) => {
          const text = tail + data.toString("latin1");
          tail = text.slice(-mark.length);
          if (!text.includes(mark)) return;
          socket.off("message", look);
          resolve(performance.now());
        };
        socket.on("message", look);
      });
    },
    cpu: () => cpuSeconds(relay.hub.pid) + cpuSeconds(relay.runtime.pid),
  };
}

/** Each key is echoed by the PTY itself, so nothing but the way there and back is timed. */
async function typeKeys(typist: Pick<Typist, "type" | "until">, count: number, samples: number[]): Promise<void> {
  for (let index = 0; index < count; index++) {
    const key = String.fromCharCode(97 + (index % 26));
    const echoed = typist.until(key);
    const startedAt = performance.now();
    typist.type(key);
    samples.push((await echoed) - startedAt);
    await pause(KEY_PACE_MS);
  }
  // Ctrl-U: the line must not grow to the right edge, where it would wrap.
  typist.type("\x15");
  await pause(KEY_PACE_MS * 4);
}

async function measureKeys(ours: Typist, theirs: Typist): Promise<Row[]> {
  const samples = { ours: [] as number[], theirs: [] as number[] };
  for (const typist of [ours, theirs]) {
    typist.type(QUIET_READER);
    await pause(300);
    await typeKeys(typist, KEYS_PER_LINE, []);
  }
  for (let round = 0; round < ROUNDS; round++) {
    await typeKeys(ours, KEYS_PER_LINE, samples.ours);
    await typeKeys(theirs, KEYS_PER_LINE, samples.theirs);
  }
  for (const typist of [ours, theirs]) await leaveReader(typist);
  return [compare("(h) key to echo p50", 0.5, 1.5, samples), compare("(h) key to echo p99", 0.99, 2, samples)];
}

async function leaveReader(typist: Pick<Typist, "type" | "until">): Promise<void> {
  typist.type("\x04");
  const back = typist.until("ready-again");
  typist.type("echo ready-$((0))again | tr -d 0\n");
  await back;
}

async function measureBulk(ours: Typist, theirs: Typist, file: string): Promise<Row[]> {
  const runs = { ours: [] as Bulk[], theirs: [] as Bulk[] };
  for (let round = 0; round < BULK_ROUNDS; round++) {
    runs.ours.push(await pour(ours, file));
    runs.theirs.push(await pour(theirs, file));
  }
  for (const kind of ["ours", "theirs"] as const) runs[kind].shift();
  const typical = (of: readonly Bulk[], key: keyof Bulk) => median(of.map((run) => run[key]));
  const rate = { ours: typical(runs.ours, "rate"), theirs: typical(runs.theirs, "rate") };
  const cpu = { ours: typical(runs.ours, "cpu"), theirs: typical(runs.theirs, "cpu") };
  const first = { ours: runs.ours.map((run) => run.first), theirs: runs.theirs.map((run) => run.first) };
  return [
    row("(h) bulk output", (value) => `${value.toFixed(1)} MB/s`, rate, { ratio: 1.2, isLeast: true }),
    row("(h) processor for bulk output", (value) => `${value.toFixed(1)} s/GB`, cpu, { ratio: 0.7, isLeast: false }),
    compare("(h) first byte of bulk output", 0.5, 1, first),
  ];
}

interface Bulk {
  /** MB/s */
  readonly rate: number;
  /** Processor seconds per GB, of hub and runtime together. */
  readonly cpu: number;
  /** From the key to the first output after its echo (ms). */
  readonly first: number;
}

async function pour(typist: Typist, file: string): Promise<Bulk> {
  typist.type(`clear; cat ${file}; echo END-$((40+2))`);
  await pause(300);
  const before = typist.cpu();
  const startedAt = performance.now();
  const first = typist.until(FIRST_WORD);
  const done = typist.until("END-42");
  typist.type("\n");
  const firstAt = await first;
  const doneAt = await done;
  // What is still to be parsed on the runtime belongs to the work.
  await pause(SETTLE_MS);
  const cpu = (typist.cpu() - before) / (BULK_BYTES / 1e9);
  return { rate: BULK_BYTES / 1e3 / (doneAt - startedAt), cpu, first: firstAt - startedAt };
}

function row(
  name: string,
  show: (value: number) => string,
  { ours, theirs }: { ours: number; theirs: number },
  aim: { readonly ratio: number; readonly isLeast: boolean },
): Row {
  const ratio = ours / theirs;
  const met = aim.isLeast ? ratio >= aim.ratio : ratio <= aim.ratio;
  return { name, ours: show(ours), reference: show(theirs), ratio: ratio.toFixed(2), aim: `${aim.isLeast ? "≥" : "≤"} ${aim.ratio}`, met };
}

/** A viewer that has drawn nothing comes to a terminal whose history is full. */
async function measureAttach(stage: Stage): Promise<Row[]> {
  const client = await stage.client();
  const terminal = await openTerminal(client, await stage.client());
  const full = terminal.until("END-42");
  terminal.type(`seq -f 'line %g of a history that is as long as a terminal keeps it' ${SCROLLBACK + 200}; echo END-$((40+2))\n`);
  await full;
  await pause(SETTLE_MS);
  const samples: number[] = [];
  for (let index = 0; index < 9; index++) {
    const viewer = await stage.client();
    const startedAt = performance.now();
    samples.push((await untilDrawn(attachTerminal(viewer, terminal.session_id))) - startedAt);
    viewer.close();
  }
  client.close();
  const typical = median(samples);
  return [single("(h) attach to 10,000 lines", `${typical.toFixed(0)} ms`, "≤ 300 ms", typical <= 300)];
}

/** When the last part of the screen came: the moment after which nothing came for a while. */
function untilDrawn(terminal: RawTerminal): Promise<number> {
  return new Promise((resolve) => {
    let last = performance.now();
    let quiet: NodeJS.Timeout | undefined;
    terminal.onFrame(() => {
      last = performance.now();
      clearTimeout(quiet);
      quiet = setTimeout(() => resolve(last), 250);
    });
  });
}

async function measureBusy(stage: Stage): Promise<Row[]> {
  const client = await stage.client();
  const terminals = await openTerminals(stage, client, BUSY);
  for (const terminal of terminals) {
    terminal.type('exec 3<> <(:); while :; do echo "$RANDOM $RANDOM building a module of the project"; read -t 0.02 -u 3; done\n');
  }
  const typist = typistOf(stage, await openTerminal(client, await stage.client()));
  typist.type(QUIET_READER);
  await pause(SETTLE_MS);
  const samples: number[] = [];
  for (let index = 0; index < BUSY_KEYS / KEYS_PER_LINE; index++) await typeKeys(typist, KEYS_PER_LINE, samples);
  await closeTerminals(client, terminals);
  client.close();
  const p99 = percentile(samples, 0.99);
  const name = `(h) key beside ${BUSY} busy terminals, p99 (p50 ${median(samples).toFixed(1)} ms)`;
  return [single(name, `${p99.toFixed(1)} ms`, "≤ 50 ms", p99 <= 50)];
}

async function measureIdle(stage: Stage): Promise<Row[]> {
  const client = await stage.client();
  await pause(SETTLE_MS);
  const before = { hub: await heldBytes(stage.hub), runtime: await heldBytes(stage.runtime) };
  const terminals = await openTerminals(stage, client, IDLE);
  await pause(SETTLE_MS * 2);
  const hub = Math.max(0, (await heldBytes(stage.hub)) - before.hub) / IDLE / 1_024;
  const runtime = Math.max(0, (await heldBytes(stage.runtime)) - before.runtime) / IDLE / 1_048_576;
  await closeTerminals(client, terminals);
  client.close();
  return [
    single("(h) hub's memory for an idle terminal", `${hub.toFixed(0)} KiB`, "≤ 50 KiB", hub <= 50),
    single("(h) runtime's memory for an idle terminal", `${runtime.toFixed(2)} MiB`, "≤ 3 MiB", runtime <= 3),
  ];
}

function single(name: string, ours: string, aim: string, met: boolean): Row {
  return { name, ours, reference: "", ratio: "", aim, met };
}

function makeLines(bytes: number): string {
  const line = (index: number) => `${FIRST_WORD} ${index} compiled src/module-${index % 977}.ts in ${index % 89} ms, no warnings\n`;
  const lines: string[] = [];
  for (let size = 0, index = 0; size < bytes; index++) {
    const next = line(index);
    size += next.length;
    lines.push(next);
  }
  return lines.join("");
}

function compare(name: string, share: number, aim: number, { ours, theirs }: { ours: number[]; theirs: number[] }): Row {
  const own = percentile(ours, share);
  const reference = percentile(theirs, share);
  const ratio = own / reference;
  const shown = (ms: number) => `${ms.toFixed(2)} ms`;
  return { name, ours: shown(own), reference: shown(reference), ratio: ratio.toFixed(2), aim: `≤ ${aim}`, met: ratio <= aim };
}
