/** Waits for a fact instead of for time. */

/** Resolves when `fact` holds; rejects naming `what` after `deadline` ms. */
export async function until(what: string, fact: () => boolean, deadline = 5_000): Promise<void> {
  const end = Date.now() + deadline;
  while (!fact()) {
    if (Date.now() > end) throw new Error(`not within ${deadline} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
