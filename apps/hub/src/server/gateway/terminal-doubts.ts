/**
 * Terminals that the log holds for open and whose runtime says that nothing runs. As a rule the runtime's own word on their end is on
 * its way; where it does not come, the log is put right, so that none is shown open for ever.
 */
import type { RuntimeLink, TerminalRun } from "../services/contract.ts";
import type { Environment } from "./environment.ts";

export interface Doubts {
  /** The run was open in the log before the runtime was asked, and the runtime answered that it is over. */
  add(link: RuntimeLink, run: TerminalRun): void;
  /** `now` in milliseconds. */
  tick(now: number): void;
}

/** Doubts held at once; each concerns a session that somebody just tried to watch. */
const MOST_DOUBTS = 1_000;

type Needs = Pick<Environment, "services" | "log" | "now" | "track"> & { readonly limits: Pick<Environment["limits"], "recheckMs"> };

export function createDoubts({ services, log, limits, now, track }: Needs): Doubts {
  const doubts = new Map<string, { readonly link: RuntimeLink; readonly run: TerminalRun; readonly since: number }>();

  async function resolve(link: RuntimeLink, run: TerminalRun): Promise<void> {
    try {
      await services.runtimes.terminalLost(link, run);
    } catch (error) {
      log.warn({ err: error, ...run }, "a terminal that is over could not be logged so; it is tried again when somebody watches it");
    }
  }

  return {
    add(link, run) {
      if (doubts.size < MOST_DOUBTS && !doubts.has(run.terminal_id)) doubts.set(run.terminal_id, { link, run, since: now() });
    },
    tick(time) {
      for (const [key, { link, run, since }] of doubts) {
        if (time - since < limits.recheckMs) continue;
        doubts.delete(key);
        track(resolve(link, run));
      }
    },
  };
}
