/** What can go wrong with hub, runtime, agents and links, one thing at a time, chosen by a seed. */
import { pause } from "../harness/until.ts";
import type { World } from "../harness/world.ts";
import type { Random } from "./random.ts";

export interface Faults {
  /** When something was killed that a running turn needs (ms since the epoch). */
  readonly kills: number[];
  /** What was done, for the message of a failed run. */
  readonly done: string[];
}

type Fault = (context: { readonly world: World; readonly random: Random; readonly faults: Faults; reload(): void }) => Promise<void>;

export const FAULTS = {
  async "kill hub"({ world, random }) {
    await world.hub.kill9();
    await pause(random.whole(0, 300));
    await world.hub.start();
  },
  async "kill runtime"({ world, random, faults }) {
    faults.kills.push(Date.now());
    await world.runtime.kill9();
    await pause(random.whole(0, 300));
    await world.runtime.start();
  },
  async "kill agent"({ world, random, faults }) {
    const pid = random.pick(world.agents());
    if (pid === undefined) return;
    faults.kills.push(Date.now());
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      faults.done.push("(it had just ended)");
    }
  },
  async "kill hub and runtime"({ world, faults }) {
    faults.kills.push(Date.now());
    await Promise.all([world.hub.kill9(), world.runtime.kill9()]);
    await Promise.all([world.hub.start(), world.runtime.start()]);
  },
  async "cut client link"({ world }) {
    world.clientLink.cut();
  },
  async "cut runtime link"({ world }) {
    world.runtimeLink.cut();
  },
  async "block both links"({ world, random }) {
    world.clientLink.block();
    world.runtimeLink.block();
    await pause(random.whole(50, 600));
    world.clientLink.resume();
    world.runtimeLink.resume();
  },
  async "half-open runtime link"({ world, random }) {
    world.runtimeLink.halfOpen();
    await pause(random.whole(50, 1_500));
    world.runtimeLink.resume();
  },
  async "half-open client link"({ world, random }) {
    world.clientLink.halfOpen();
    await pause(random.whole(50, 1_500));
    world.clientLink.resume();
  },
  async "slow links"({ world, random }) {
    world.clientLink.delay(random.whole(5, 60));
    world.runtimeLink.delay(random.whole(5, 60));
    await pause(random.whole(100, 400));
    world.clientLink.delay(0);
    world.runtimeLink.delay(0);
  },
  async "reload client"({ reload }) {
    reload();
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;
