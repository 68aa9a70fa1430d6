/** One run: the scripted conversation through a world in which things are killed and cut at moments a seed chooses. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Client, createClient, eventsOf, type LiveSession, memoryStorage, openSession } from "@fairlead/client";
import { AppError } from "@fairlead/protocol";
import { pause, until } from "../harness/until.ts";
import { openWorld, type World } from "../harness/world.ts";
import { differences, endpointsOf, SCRIPT, type Told, tell } from "./conversation.ts";
import { FAULTS, type FaultName, type Faults } from "./faults.ts";
import { wholeLog } from "./logs.ts";
import { createRandom, type Random } from "./random.ts";

export interface SoakOptions {
  readonly seed: number;
  /** How many things go wrong; 0: none. */
  readonly faults: number;
  /** The kinds to choose from; default: all. */
  readonly kinds?: readonly FaultName[];
  /** How long everything may take to come to rest after the last fault (ms). */
  readonly patience?: number;
}

export interface SoakResult {
  /** What each session's log tells, by endpoint. */
  readonly told: Readonly<Record<string, readonly Told[]>>;
  readonly faults: Faults;
  /** How often agents began each message. */
  readonly runs: ReadonlyMap<string, number>;
}

/** Shortened heartbeats (ms), so that a half-open link is noticed within a run. */
const LIMITS = { heartbeatMs: 250, silenceLimitMs: 1_200, tickMs: 100, recheckMs: 300 };

/** Runs it. Throws where a log contradicts itself, a viewer saw something else, or the conversation does not come to rest. */
export async function converse(options: SoakOptions): Promise<SoakResult> {
  const random = createRandom(options.seed);
  const dir = mkdtempSync(join(tmpdir(), "fairlead-soak-"));
  const runs = join(dir, "runs");
  writeFileSync(runs, "");
  const faults: Faults = { kills: [], done: [] };
  const world = await openWorld({ endpoints: endpointsOf(runs), limits: LIMITS });
  try {
    const told = await talk({ world, random, faults, options });
    const counts = new Map<string, number>();
    for (const line of readFileSync(runs, "utf8").trim().split("\n")) counts.set(line, (counts.get(line) ?? 0) + 1);
    return { told, faults, runs: counts };
  } catch (error) {
    // What lies on the disks of both sides tells who forgot what.
    if (process.env.SOAK_KEEP !== undefined) cpSync(world.dir, join(process.env.SOAK_KEEP, `seed-${options.seed}`), { recursive: true });
    const outputs = `hub:\n${world.hub.output().slice(-6_000)}\nruntime:\n${world.runtime.output().slice(-6_000)}`;
    const message = `seed ${options.seed}: ${error instanceof Error ? error.message : String(error)}`;
    throw new Error(`${message}\nfaults: ${faults.done.join(", ")}\n${outputs}`, { cause: error });
  } finally {
    rmSync(dir, { recursive: true, force: true });
    await world.close();
  }
}

/** All ways in which a disturbed run differs from the undisturbed one; empty: none. */
export function judge(run: SoakResult, undisturbed: SoakResult): string[] {
  return Object.keys(SCRIPT).flatMap((endpoint) => {
    const told = run.told[endpoint] ?? [];
    const twice = told.filter(({ content, end }) => {
      const count = run.runs.get(content) ?? 0;
      return count > 1 || (end === "completed" && count !== 1);
    });
    return [
      ...differences(told, undisturbed.told[endpoint] ?? [], run.faults.kills),
      ...twice.map(({ content, end }) => `the agent began "${content}" (${end}) ${run.runs.get(content) ?? 0} times`),
    ];
  });
}

interface Run {
  readonly world: World;
  readonly random: Random;
  readonly faults: Faults;
  readonly options: SoakOptions;
}

async function talk({ world, random, faults, options }: Run): Promise<Record<string, Told[]>> {
  const direct = createClient({ url: world.hub.url, token: world.token });
  const sessions: Record<string, string> = {};
  for (const endpoint of Object.keys(SCRIPT))
    sessions[endpoint] = (await direct.operations["sessions.create"]({ endpoint_id: endpoint })).id;

  // The sender lives as a browser tab does: it may be reloaded, and its storage stays.
  const storage = memoryStorage();
  let sender = world.newClient({ storage });
  const reload = () => {
    sender.close();
    sender = world.newClient({ storage });
  };
  const viewer = world.newClient();
  const views = Object.fromEntries(Object.entries(sessions).map(([endpoint, id]) => [endpoint, openSession(viewer, id)]));
  const stopAnswering = answerAll(Object.values(views));

  const saying = say((endpoint, text) => sender.outbox.add(sessions[endpoint] ?? "", text), random);
  for (let count = 0; count < options.faults; count += 1) {
    await pause(random.whole(20, 350));
    const name = random.pick(options.kinds ?? (Object.keys(FAULTS) as FaultName[])) ?? "cut client link";
    faults.done.push(name);
    await FAULTS[name]({ world, random, faults, reload });
  }
  await saying;
  await until(
    "every message ended",
    () => Object.entries(views).every(([endpoint, view]) => isAtRest(view, endpoint)),
    options.patience ?? 20_000,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${describe(views, sender)}`);
  });
  stopAnswering();

  const told: Record<string, Told[]> = {};
  for (const [endpoint, id] of Object.entries(sessions)) {
    const log = await wholeLog(direct, id);
    const seen = views[endpoint] === undefined ? [] : eventsOf(views[endpoint].store.get().view);
    if (!isDeepStrictEqual(seen, log)) throw new Error(`the viewer of ${endpoint} saw something else than the log`);
    told[endpoint] = tell(log);
  }
  for (const view of Object.values(views)) view.close();
  return told;
}

async function say(send: (endpoint: string, text: string) => void, random: Random): Promise<void> {
  const rounds = Math.max(...Object.values(SCRIPT).map((texts) => texts.length));
  for (let round = 0; round < rounds; round += 1) {
    for (const [endpoint, texts] of Object.entries(SCRIPT)) {
      await pause(random.whole(0, 150));
      const text = texts[round];
      if (text !== undefined) send(endpoint, text);
    }
  }
}

function isAtRest(session: LiveSession, endpoint: string): boolean {
  const { view } = session.store.get();
  const ends = view.blocks.toArray().filter((block) => block.type === "turn").length;
  return ends >= (SCRIPT[endpoint]?.length ?? 0) && view.state.turn === null && view.state.queue.length === 0;
}

/** Allows whatever an agent asks, again where the answer did not get through. */
function answerAll(sessions: readonly LiveSession[]): () => void {
  const asked = new Set<string>();
  const stops = sessions.map((session) => {
    const look = () => {
      for (const { approval_id, options } of session.store.get().view.state.approvals) {
        const allow = options.find((option) => option.kind === "allow_once");
        if (asked.has(approval_id) || allow === undefined) continue;
        asked.add(approval_id);
        session.answer(approval_id, { option_id: allow.id }).catch((error: unknown) => {
          // Someone was first, or the agent is gone; anything else is tried again.
          if (error instanceof AppError && (error.code === "CONFLICT" || error.code === "NOT_FOUND")) return;
          setTimeout(() => {
            asked.delete(approval_id);
            look();
          }, 50);
        });
      }
    };
    return session.store.subscribe(look);
  });
  return () => {
    for (const stop of stops) stop();
  };
}

function describe(views: Readonly<Record<string, LiveSession>>, sender: Client): string {
  const lines = Object.entries(views).map(([endpoint, session]) => {
    const { view, phase, caught_up, error } = session.store.get();
    const users = [...view.blocks, ...view.waiting].filter((block) => block.type === "user");
    const messages = users.map((block) => `${block.content}: ${block.delivery}`);
    const events = eventsOf(view).map((event) => `${event.seq} ${event.type} ${event.turn_id?.slice(0, 4) ?? ""}`);
    return `${endpoint}: ${JSON.stringify({ phase, caught_up, error, messages, state: view.state, events })}`;
  });
  const left = sender.outbox.entries.get().map(({ content, state, error }) => ({ content, state, error }));
  return [...lines, `outbox: ${JSON.stringify(left)}`, `sender: ${JSON.stringify(sender.socket.status.get())}`].join("\n");
}
