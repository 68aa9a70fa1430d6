/** Which runtimes are connected to this hub and when they were last heard. Memory only: a hub that starts has heard nobody. */
import type { RuntimeLink } from "./contract.ts";

interface Heard {
  readonly epoch: number;
  /** Milliseconds since the epoch. */
  heard_at: number;
  saved_at: number;
}

/** A heartbeat reaches the database at most this often (ms); the newest moment is always here. */
const SAVE_EVERY_MS = 10_000;

export interface Presence {
  isOnline(runtimeId: string): boolean;
  /** When a connected runtime was last heard; undefined when it is not connected. */
  heardAt(runtimeId: string): number | undefined;
  /** Whether this is the runtime's newest connection and it stands. */
  isCurrent(link: RuntimeLink): boolean;
  connected(link: RuntimeLink, now: number): void;
  /** Remembers the moment; true when it is time to save it. */
  heard(link: RuntimeLink, now: number): boolean;
  /** False when a newer connection has taken over. */
  disconnected(link: RuntimeLink): boolean;
}

export function createPresence(): Presence {
  const links = new Map<string, Heard>();
  const current = (link: RuntimeLink) => {
    const known = links.get(link.runtime_id);
    return known?.epoch === link.epoch ? known : undefined;
  };
  return {
    isOnline: (runtimeId) => links.has(runtimeId),
    heardAt: (runtimeId) => links.get(runtimeId)?.heard_at,
    isCurrent: (link) => current(link) !== undefined,
    connected(link, now) {
      const known = links.get(link.runtime_id);
      // Two connects may finish in the other order than their epochs were given out.
      if (known === undefined || known.epoch < link.epoch) links.set(link.runtime_id, { epoch: link.epoch, heard_at: now, saved_at: now });
    },
    heard(link, now) {
      const known = current(link);
      if (known === undefined) return false;
      known.heard_at = now;
      if (now - known.saved_at < SAVE_EVERY_MS) return false;
      known.saved_at = now;
      return true;
    },
    disconnected: (link) => current(link) !== undefined && links.delete(link.runtime_id),
  };
}
