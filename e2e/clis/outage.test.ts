/** Outages of both links and of each alone, of five seconds to ten minutes, at every step of a turn of real agents: the same log in the end. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SessionEvent } from "@fairlead/protocol";
import { afterAll, beforeAll, expect, it } from "vitest";
import { speedUpClock } from "../harness/fast-clock.ts";
import type { BadNetwork } from "../harness/proxy.ts";
import { pause, until } from "../harness/until.ts";
import { wholeLog } from "../soak/logs.ts";
import { type Bench, type EndpointBlock, openBench } from "./bench.ts";
import { describeReal, lackOf } from "./describe-real.ts";
import { fingerprint } from "./fingerprint.ts";
import { installCli } from "./ready.ts";
import type { Talk } from "./talk.ts";
import type { CliName } from "./versions.ts";

/** Faster, and an agent that starts on a busy machine would be given up: a minute for its first answer is 7.5 s then. */
const SPEED = 8;
/** Where a turn can stand when the outage begins, in the order in which it gets there. */
const STEPS = ["not sent", "the model thinks", "in the answer", "the question is open", "the command runs", "in the last answer"] as const;
type Step = (typeof STEPS)[number];

type Kind = "cut" | "half-open";
const BREAK: Readonly<Record<Kind, (link: BadNetwork) => void>> = { cut: (link) => link.block(), "half-open": (link) => link.halfOpen() };

/** Which links, for how long (ms), how they break, and how they go on to be broken while the turn goes on. */
type Outage = readonly [which: "both" | "client–hub" | "hub–runtime", duration: number, kind: Kind, then: Kind];
const OUTAGES: readonly Outage[] = [
  ["both", 5_000, "cut", "cut"],
  ["both", 5_000, "half-open", "half-open"],
  ["both", 90_000, "cut", "cut"],
  ["both", 90_000, "half-open", "half-open"],
  ["both", 600_000, "half-open", "cut"],
  ["client–hub", 60_000, "half-open", "cut"],
  ["hub–runtime", 60_000, "half-open", "cut"],
];
/** Both links and both ways to break them in one: what differs from agent to agent is the steps. */
const ONE_OUTAGE: readonly Outage[] = [["both", 30_000, "half-open", "cut"]];

interface Agent {
  readonly name: CliName;
  readonly block: EndpointBlock;
  readonly outages: readonly Outage[];
  /** How long (ms of the clock) a command may run before the agent goes on without it; absent: as long as it likes. */
  readonly longest_command?: number;
  /** Of the clock, for one that takes long to start. */
  readonly speed?: number;
}

/** Each outage is played to one that speaks in a process of each session and to one that serves all from one; to the others, one. */
const AGENTS: readonly Agent[] = [
  {
    name: "claude",
    block: ({ command, args, env }, work_dir) => ({ claude_code: { command, args, env, work_dir } }),
    outages: OUTAGES,
  },
  {
    name: "codex",
    block: ({ command, args, env }, work_dir) => ({ codex: { command, args, env, work_dir } }),
    outages: OUTAGES,
    // It waits half a minute of its own time; this passes in five seconds of that.
    longest_command: 40_000,
  },
  { name: "pi", block: ({ command, args, env }, work_dir) => ({ pi: { command, args, env, work_dir } }), outages: ONE_OUTAGE },
  {
    name: "gemini",
    block: ({ command, args, env }, work_dir) => ({ gemini: { command, args, env, work_dir } }),
    outages: ONE_OUTAGE,
    speed: 4,
  },
  {
    name: "copilot",
    block: ({ command, args, env }, work_dir) => ({ copilot: { command, args, env, work_dir } }),
    outages: ONE_OUTAGE,
    speed: 4,
  },
];

/** One session and the gates in its turn; each lets it go on from the step of that name. */
interface Conversation {
  readonly talk: Talk;
  readonly mark: string;
  /** Opens the gates before that step, and resolves when the turn stands there. */
  reach(step: Step): Promise<void>;
  /** Opens all gates. The question is answered by who can reach the hub. */
  goOn(): void;
}

for (const agent of AGENTS) {
  const installed = await installCli(agent.name);
  const folder = "folder" in installed ? installed.folder : "";
  describeReal(`${agent.name} through an outage`, lackOf(installed), () => playOutages(agent, folder));
}

function playOutages({ name, block, outages, longest_command = Number.POSITIVE_INFINITY, speed = SPEED }: Agent, folder: string): void {
  let restoreClock: () => void;
  let bench: Bench;
  let undisturbed: string[];
  let counter = 0;

  beforeAll(async () => {
    const clock = { speed, base: Date.now() };
    restoreClock = speedUpClock(clock);
    bench = await openBench({ name, folder, block, clock });
    const conversation = await reached("in the last answer");
    conversation.goOn();
    undisturbed = await finish(conversation);
    await leave(conversation);
  });
  afterAll(async () => {
    try {
      await bench.close();
    } finally {
      // Also where it never opened: the next agent's clock must not run on this one.
      restoreClock();
    }
  });

  async function reached(step: Step): Promise<Conversation> {
    const conversation = await begin();
    await conversation.reach(step);
    return conversation;
  }

  async function begin(): Promise<Conversation> {
    counter += 1;
    // Of one length, because titles are cut.
    const mark = `o${String(counter).padStart(3, "0")}-`;
    const talk = await bench.talk();
    const gate = join(bench.work, `${mark}gate`);
    const wait = `until [ -e ${gate} ]; do sleep 0.05; done; echo it ran`;
    const script = [`HOLD:${mark}think`, "SAY:the first half", `HOLD:${mark}answer`, "SAY: and the second"];
    const prompt = [...script, `TOOL:bash:touch ${gate}.begun; ${wait}`, `HOLD:${mark}last`, "SAY:It is finished."].join(";;");
    const said = (text: string) => talk.heard(0, text);
    const advance: Readonly<Record<Step, () => Promise<unknown>>> = {
      "not sent": async () => undefined,
      async "the model thinks"() {
        talk.send(prompt);
        await until("the model is asked", () => bench.model.held(`${mark}think`) === 1);
      },
      async "in the answer"() {
        bench.model.release(`${mark}think`);
        await said("the first half");
      },
      async "the question is open"() {
        bench.model.release(`${mark}answer`);
        await talk.asked();
      },
      async "the command runs"() {
        await talk.answer("allow_once");
        await until("the command runs", () => existsSync(`${gate}.begun`));
      },
      async "in the last answer"() {
        writeFileSync(gate, "");
        await until("the model is asked again", () => bench.model.held(`${mark}last`) === 1);
      },
    };
    return {
      talk,
      mark,
      async reach(step) {
        for (const each of STEPS.slice(0, STEPS.indexOf(step) + 1)) await advance[each]();
      },
      goOn() {
        if (talk.log().every((event) => event.type !== "message.posted")) talk.send(prompt);
        for (const hold of ["think", "answer", "last"]) bench.model.release(mark + hold);
        writeFileSync(gate, "");
      },
    };
  }

  /** Ends its agent and its client: six of each outage would be too many. */
  async function leave({ talk }: Conversation): Promise<void> {
    talk.session.close();
    talk.client.close();
    await bench.direct.operations["sessions.close"]({ session_id: talk.id });
  }

  /** Answers what is still asked, and gives what the stored log tells, which is what the screen showed. */
  async function finish({ talk, mark }: Conversation): Promise<string[]> {
    expect(await talk.allowAll(0)).toMatchObject({ stop_reason: "end_turn", error: null });
    const stored = await wholeLog(bench.direct, talk.id);
    expect(talk.log()).toEqual(stored);
    expect(stored.map((event: SessionEvent) => event.seq)).toEqual(stored.map((_, index) => index + 1));
    return fingerprint(stored, mark);
  }

  const LINKS = {
    both: () => [bench.world.clientLink, bench.world.runtimeLink],
    "client–hub": () => [bench.world.clientLink],
    "hub–runtime": () => [bench.world.runtimeLink],
  };

  it.each([...outages])("(%s) of %i ms: %s, then %s", async (which, duration, kind, then) => {
    const links = LINKS[which]();
    const conversations: Conversation[] = [];
    try {
      // One after the other: six agents that start at once would keep a small machine from everything else.
      for (const step of STEPS) conversations.push(await reached(step));
      for (const link of links) BREAK[kind](link);
      const silent = Math.min(duration / 2, longest_command);
      await pause(silent);
      for (const conversation of conversations) conversation.goOn();
      for (const link of links) BREAK[then](link);
      await pause(duration - silent);
      for (const link of links) link.resume();
      for (const [index, conversation] of conversations.entries()) expect(await finish(conversation), STEPS[index]).toEqual(undisturbed);
    } finally {
      for (const link of links) link.resume();
      await Promise.all(conversations.map(leave));
    }
  });
}
