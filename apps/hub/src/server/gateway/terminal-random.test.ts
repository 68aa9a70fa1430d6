/** Any order of attaching, leaving, cutting, sharing and typing: no byte reaches anybody it is not for, and nothing is left behind. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Peer, type Rig, startRig } from "./test/rig.ts";
import { ATTACHED, ask, settled } from "./test/terminals.ts";

/** Two sessions on two runtimes; bob may watch ann's. */
const SESSIONS = [
  { id: "s1", owner: "ann", runtime: "r1" },
  { id: "s2", owner: "bob", runtime: "r2" },
] as const;
const NAMES = ["ann", "bob", "eve"] as const;

const who = fc.constantFrom(...NAMES, "ann", "bob");
const session = fc.constantFrom(...SESSIONS);
const number = fc.nat(1);
const answers = fc.constantFrom(true, true, true, false);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("attach" as const), who, session, number, hold: answers, answered: answers }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("answer" as const), attached: answers }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("output" as const), session, forge: fc.boolean() }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("input" as const), who, number }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("hold" as const), who, number, on: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("detach" as const), who, number }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut client" as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut runtime" as const), session }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("share" as const), on: fc.boolean() }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class World {
  readonly rig: Rig;
  readonly clients = new Map<string, Peer>();
  readonly runtimes = new Map<string, Peer>();
  /** Numbers that runtimes were given. */
  private readonly numbers: number[] = [];
  private shared = false;
  typed = 0;
  shown = 0;

  constructor(rig: Rig) {
    this.rig = rig;
  }

  async begin(): Promise<void> {
    for (const { id, owner, runtime } of SESSIONS) {
      this.rig.standIn.addSession(id, owner, runtime);
      this.runtimes.set(runtime, await this.rig.runtime(runtime));
    }
    for (const name of NAMES) this.clients.set(name, await this.rig.client(name));
  }

  client = (name: string): Peer => of(this.clients, name);
  runtime = (id: string): Peer => of(this.runtimes, id);

  async do(one: Step): Promise<void> {
    switch (one.kind) {
      case "attach":
        // The viewer's name tells whose view it is, so that bytes can be told apart at the other end.
        ask(this.client(one.who), { number: one.number, session: one.session.id, viewer: `${one.who}.${one.number}`, hold: one.hold });
        await settled(this.client(one.who));
        if (one.answered) for (const runtime of this.runtimes.values()) await this.answer(runtime, true);
        break;
      case "answer":
        for (const runtime of this.runtimes.values()) await this.answer(runtime, one.attached);
        break;
      case "output":
        await this.write(one.session, one.forge);
        break;
      case "input":
        this.client(one.who).sendBytes("input", one.number, 0, `${one.who}.${one.number}`);
        await settled(this.client(one.who));
        break;
      case "hold":
        this.client(one.who).send({ type: "terminal.hold", number: one.number, on: one.on });
        break;
      case "detach":
        this.client(one.who).send({ type: "terminal.detach", number: one.number });
        break;
      case "cut client":
        this.client(one.who).ws.terminate();
        this.clients.set(one.who, await this.rig.client(one.who));
        break;
      case "cut runtime":
        this.runtime(one.session.runtime).ws.terminate();
        this.runtimes.set(one.session.runtime, await this.rig.runtime(one.session.runtime));
        break;
      case "share":
        await this.share(one.on);
    }
    this.check();
  }

  private async answer(runtime: Peer, attached: boolean): Promise<void> {
    await settled(runtime);
    for (const frame of runtime.frames.splice(0)) {
      if (frame.type !== "terminal.attach") continue;
      this.numbers.push(Number(frame.number));
      const answer = attached ? { type: "terminal.attached", ...ATTACHED } : { type: "terminal.detached", reason: "ended" };
      runtime.send({ ...answer, number: frame.number });
    }
    await settled(runtime);
  }

  /** To every number that was lately in use anywhere, or to some that never were. */
  private async write({ id, runtime }: (typeof SESSIONS)[number], forge: boolean): Promise<void> {
    for (const far of this.numbers.slice(-24)) this.runtime(runtime).sendBytes("output", forge ? far + 1_000 : far, 0, id);
    await settled(this.runtime(runtime));
  }

  private async share(on: boolean): Promise<void> {
    const readers = this.rig.standIn.sessions.get("s1")?.readers;
    if (on) readers?.add("bob");
    else readers?.delete("bob");
    this.rig.standIn.bus.publish("access.bob", { session_id: "s1" });
    await settled(this.client("bob"));
    // Whatever was on its way before the right went has arrived; nothing may follow.
    this.check();
    this.shared = on;
  }

  /** Looks at all bytes that arrived since the last look. */
  check(): void {
    for (const [id, runtime] of this.runtimes) {
      for (const frame of runtime.binary.splice(0)) {
        const [name] = Buffer.from(frame.payload).toString().split(".");
        const own = SESSIONS.find((candidate) => candidate.runtime === id)?.owner;
        this.typed += 1;
        // Only the owner of a session types into it.
        if (name !== own) throw new Error(`${name} typed into a terminal of ${own}`);
      }
    }
    for (const [name, client] of this.clients) {
      for (const frame of client.binary.splice(0)) {
        const from = Buffer.from(frame.payload).toString();
        const allowed = SESSIONS.some(({ id, owner }) => id === from && (owner === name || (id === "s1" && name === "bob" && this.shared)));
        this.shown += 1;
        if (!allowed || frame.number > 1) throw new Error(`${name} was shown ${from} as ${frame.number}`);
      }
    }
  }
}

function of(peers: ReadonlyMap<string, Peer>, key: string): Peer {
  const peer = peers.get(key);
  if (peer === undefined) throw new Error(`no peer ${key}`);
  return peer;
}

it("holds for any sequence", { timeout: 120_000 }, async () => {
  const rig = await startRig({ framesPerSecond: 1e6, frameBurst: 1e6, binaryFrames: { perSecond: 1e6, burst: 1e6 } });
  const world = new World(rig);
  await world.begin();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      for (const one of steps) await world.do(one);
    }),
    { numRuns: 300 },
  );
  expect(Math.min(world.typed, world.shown)).toBeGreaterThan(30);
  for (const client of world.clients.values()) client.ws.close();
  await Promise.all([...world.clients.values()].map(({ closed }) => closed));
  await expect.poll(() => rig.gateway.socketCount()).toBe(2);
  await expect.poll(() => rig.gateway.watchedTerminals()).toBe(0);
});
