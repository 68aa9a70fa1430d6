/** Waits for a fact instead of for time. */

/** The clock of the wall, also where a test makes time pass faster: how long a process may take does not shrink with it. */
const realTimeout = globalThis.setTimeout;

/** Lets time pass, faster where the test's clock is. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resolves with the first value that is not undefined or false; rejects naming `what` after `deadline` real ms. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  deadline = 30_000,
): Promise<T> {
  const end = performance.now() + deadline;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`not within ${deadline} ms: ${what}`);
    await new Promise((resolve) => realTimeout(resolve, 10));
  }
}
