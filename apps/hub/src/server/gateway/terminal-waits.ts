/** Terminals that a client could not watch and wants to: it is told when attaching helps again. */
import type { Bus, CommittedRange } from "../bus/bus.ts";

/** What a client waits for: that runtime's next connection, the program's next run, or just a moment. */
export type Awaited = { readonly runtime_id: string } | "opened" | "moment";

export interface Waits {
  /** Replaces what was waited for before. */
  add(sessionId: string, awaited: Awaited): void;
  drop(sessionId: string): void;
  /** A runtime is here. */
  connected(runtimeId: string): void;
  /** A moment has passed. */
  tick(): void;
  clear(): void;
}

interface Wait {
  readonly awaited: Awaited;
  readonly leave: () => void;
}

/** Terminals one socket may wait for; beyond them the one that waits longest is no longer told. */
const MOST_WAITS = 128;

/** `tell` is called once for each wait. */
export function createWaits(bus: Bus, tell: (sessionId: string) => void): Waits {
  const waits = new Map<string, Wait>();

  function drop(sessionId: string): void {
    waits.get(sessionId)?.leave();
    waits.delete(sessionId);
  }

  function end(sessionId: string): void {
    drop(sessionId);
    tell(sessionId);
  }

  function endAll(isOver: (awaited: Awaited) => boolean): void {
    const over = [...waits].filter(([, { awaited }]) => isOver(awaited)).map(([sessionId]) => sessionId);
    for (const sessionId of over) end(sessionId);
  }

  return {
    add(sessionId, awaited) {
      drop(sessionId);
      const [oldest] = waits.size < MOST_WAITS ? [] : waits.keys();
      if (oldest !== undefined) drop(oldest);
      const look = (range: CommittedRange) => {
        if (range.events.some(isOpened)) end(sessionId);
      };
      waits.set(sessionId, { awaited, leave: awaited === "opened" ? bus.subscribe(`session.${sessionId}`, look) : () => undefined });
    },
    drop,
    connected: (runtimeId) => endAll((awaited) => typeof awaited === "object" && awaited.runtime_id === runtimeId),
    tick: () => endAll((awaited) => awaited === "moment"),
    clear() {
      for (const { leave } of waits.values()) leave();
      waits.clear();
    },
  };
}

function isOpened(text: string): boolean {
  const event = JSON.parse(text) as { readonly type: string };
  return event.type === "terminal.opened";
}
