/** Plays all scenarios with one agent; where it cannot be installed they are skipped and the reason is said. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { APPROVALS } from "./approvals.ts";
import { type Bench, type EndpointBlock, openBench } from "./bench.ts";
import { CRASHES } from "./crashes.ts";
import { describeReal, lackOf } from "./describe-real.ts";
import type { Installed } from "./install.ts";
import { MODEL_ERRORS } from "./model-errors.ts";
import type { Quirks, Scenario } from "./scenario.ts";
import { TURNS } from "./turns.ts";
import type { CliName } from "./versions.ts";

export interface AgentUnderTest {
  readonly name: CliName;
  /** What `installCli` said. */
  readonly installed: Installed;
  readonly block: EndpointBlock;
  readonly quirks: Quirks;
  /** Whether only the essential scenarios are played. */
  readonly brief?: boolean;
  /** Scenarios of this agent alone. */
  readonly own?: readonly Scenario[];
}

const SCENARIOS = [...TURNS, ...APPROVALS, ...CRASHES, ...MODEL_ERRORS];

export function describeAgent({ name, installed, block, quirks, brief = false, own = [] }: AgentUnderTest): void {
  describeReal(name, lackOf(installed), () => {
    let bench: Bench;
    beforeAll(async () => {
      if ("folder" in installed) bench = await openBench({ name, folder: installed.folder, block });
    });
    afterAll(async () => {
      await bench.close();
      if (quirks.looksElsewhere !== true) expect(bench.model.tunnels, "it wanted to reach others than the model").toEqual([]);
    });

    const played = SCENARIOS.filter(({ fits, isEssential }) => fits?.(quirks) !== false && (!brief || isEssential === true));
    for (const [index, scenario] of [...played, ...own].entries()) {
      it(scenario.name, () => scenario.run({ bench, quirks, mark: `s${index}` }));
    }
  });
}
