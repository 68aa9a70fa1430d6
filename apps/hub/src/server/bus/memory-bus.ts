/** The bus of a hub that is one process: delivery is a loop over the listeners of a subject, in the publisher's own tick. */
import type { Bus, BusMessages } from "./bus.ts";

export interface MemoryBusOptions {
  /** Told of a listener that threw; the others still get the message. */
  readonly onListenerError?: (subject: string, error: unknown) => void;
}

type Listener = (message: never) => void;

/** Keeps nothing: a message without a listener is gone. The number of listeners is bounded by the sockets that subscribe. */
export function createMemoryBus(options: MemoryBusOptions = {}): Bus {
  const listeners = new Map<string, Set<{ readonly call: Listener }>>();

  return {
    publish<S extends keyof BusMessages & string>(subject: S, message: BusMessages[S]): void {
      const entries = listeners.get(subject);
      if (entries === undefined) return;
      for (const entry of [...entries]) {
        // An earlier listener of this round may have unsubscribed a later one.
        if (!entries.has(entry)) continue;
        try {
          (entry.call as (message: BusMessages[S]) => void)(message);
        } catch (error) {
          options.onListenerError?.(subject, error);
        }
      }
    },
    subscribe<S extends keyof BusMessages & string>(subject: S, listener: (message: BusMessages[S]) => void): () => void {
      const entry = { call: listener as Listener };
      const entries = listeners.get(subject) ?? new Set();
      listeners.set(subject, entries.add(entry));
      return () => {
        entries.delete(entry);
        if (entries.size === 0 && listeners.get(subject) === entries) listeners.delete(subject);
      };
    },
  };
}
