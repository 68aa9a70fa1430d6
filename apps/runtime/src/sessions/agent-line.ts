/** What one agent says, kept in the order it says it while some of it is made ready for the log. */
import type { AgentEvent } from "@fairlead/protocol";
import type { AdapterEvent } from "../adapters/contract.ts";
import type { Logger } from "../log.ts";

export interface AgentLine {
  /** Hands the event on: at once, or after all that came before it. False: the agent must pause until `drained`. */
  put(event: AdapterEvent): boolean;
  /** Resolves when nothing waits; undefined when nothing does. */
  drained(): Promise<void> | undefined;
}

export interface AgentLineOptions {
  /** The event as the log may have it; undefined: it is not told. Takes a bounded time. */
  readonly prepare: (event: AdapterEvent) => AgentEvent | Promise<AgentEvent | undefined>;
  readonly deliver: (event: AgentEvent) => void;
  readonly log: Logger;
}

export function createAgentLine({ prepare, deliver, log }: AgentLineOptions): AgentLine {
  let tail: Promise<void> | undefined;

  function pass(event: AdapterEvent): Promise<void> | undefined {
    const ready = prepare(event);
    if (ready instanceof Promise) return ready.then((told) => told && deliver(told));
    deliver(ready);
    return undefined;
  }

  function wait(work: Promise<void>): void {
    const end = work
      .catch((error: unknown) => log.error({ err: error }, "an event of an agent was lost"))
      .then(() => {
        if (tail === end) tail = undefined;
      });
    tail = end;
  }

  async function emptied(): Promise<void> {
    while (tail !== undefined) await tail;
  }

  return {
    put(event) {
      const work = tail === undefined ? pass(event) : tail.then(() => pass(event));
      if (work !== undefined) wait(work);
      return tail === undefined;
    },
    drained: () => (tail === undefined ? undefined : emptied()),
  };
}
