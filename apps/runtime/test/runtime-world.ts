/** A test hub, a data directory and the runtimes started on them, new for each test of a file. */
import { afterEach, beforeEach } from "vitest";
import { type Harness, type HarnessOptions, removeDirectory, startHarness, temporaryDirectory } from "./runtime-harness.ts";
import { startTestHub, type TestHub, until } from "./test-hub.ts";

/** Of the test that runs. */
export let hub: TestHub;
export let dataDir: string;
const running = new Set<Harness>();

/** To be called once, at the top of a test file. */
export function renewWorld(): void {
  beforeEach(async () => {
    dataDir = temporaryDirectory();
    hub = await startTestHub();
  });
  afterEach(async () => {
    for (const harness of running) await harness.runtime.stop();
    running.clear();
    await hub.stop();
    removeDirectory(dataDir);
  });
}

/** Starts another hub in place of one that the test has stopped. */
export async function renewHub(options: Parameters<typeof startTestHub>[0]): Promise<void> {
  hub = await startTestHub(options);
}

/** Starts a runtime, which the end of the test stops; it may still be dialling the hub. */
export async function launch(options: Partial<HarnessOptions> = {}): Promise<Harness> {
  const harness = await startHarness({ hub, dataDir, ...options });
  running.add(harness);
  return harness;
}

/** Starts a runtime and waits until it is connected. */
export async function start(options: Partial<HarnessOptions> = {}): Promise<Harness> {
  const harness = await launch(options);
  await until("live", () => harness.runtime.link.state() === "live");
  return harness;
}

export async function stop(harness: Harness): Promise<void> {
  await harness.runtime.stop();
  running.delete(harness);
}

export async function restart(harness: Harness, options: Partial<HarnessOptions> = {}): Promise<Harness> {
  await stop(harness);
  return start(options);
}
