/** Which sessions have a running agent, and who must give way when the limit is reached. */
import type { AgentSession } from "../adapters/contract.ts";

export interface SlotLimits {
  /** Agents at the same time, over all endpoints. */
  readonly total: number;
  /** Agents at the same time of one endpoint; undefined: only the total counts. */
  ofEndpoint(endpointId: string): number | undefined;
}

export interface SlotRequest {
  readonly session_id: string;
  readonly endpoint_id: string;
  open(): Promise<AgentSession>;
}

export type SlotResult =
  | { readonly ok: true; readonly agent: AgentSession }
  | { readonly ok: false; readonly kind: "spawn"; readonly message: string }
  /** `freed` settles when a place may have become free. */
  | { readonly ok: false; readonly kind: "limit"; readonly message: string; readonly freed: Promise<void> };

export interface AgentSlots {
  /** The session's agent if it runs already. Marks it busy. */
  busy(sessionId: string): AgentSession | undefined;
  /**
   * Opens the session's agent and marks it busy. At a limit the agent that has been idle for longest is closed first (it comes
   * back with its native id); when all are busy the result says so.
   */
  acquire(request: SlotRequest): Promise<SlotResult>;
  /** The session's turn is over: its agent may be closed when another needs the place. */
  idle(sessionId: string): void;
  /** Ends the session's agent and waits until it is gone. */
  close(sessionId: string): Promise<void>;
  /** The session's agent, busy or not. */
  agent(sessionId: string): AgentSession | undefined;
  closeAll(): Promise<void>;
}

interface Slot {
  readonly endpoint_id: string;
  agent?: AgentSession;
  busy: boolean;
  /** Counts upwards: the smallest has been idle for longest. */
  since: number;
}

export function createAgentSlots(limits: SlotLimits): AgentSlots {
  const slots = new Map<string, Slot>();
  const closing = new Map<string, Promise<void>>();
  let clock = 0;
  let freed = nextTime();

  function tellFreed(): void {
    const { come } = freed;
    freed = nextTime();
    come();
  }

  function close(sessionId: string): Promise<void> {
    const slot = slots.get(sessionId);
    if (slot === undefined) return closing.get(sessionId) ?? Promise.resolve();
    slots.delete(sessionId);
    tellFreed();
    const { agent } = slot;
    if (agent === undefined) return Promise.resolve();
    const closed = agent
      .close()
      .catch(() => undefined)
      .finally(() => closing.delete(sessionId));
    closing.set(sessionId, closed);
    return closed;
  }

  function countOf(endpointId: string | undefined): number {
    let count = 0;
    for (const slot of slots.values()) if (endpointId === undefined || slot.endpoint_id === endpointId) count += 1;
    return count;
  }

  function longestIdle(endpointId: string | undefined): string | undefined {
    let found: [string, Slot] | undefined;
    for (const entry of slots) {
      const [, slot] = entry;
      if (slot.busy || (endpointId !== undefined && slot.endpoint_id !== endpointId)) continue;
      if (found === undefined || slot.since < found[1].since) found = entry;
    }
    return found?.[0];
  }

  /** Makes room for one more; returns the closing to wait for, or why there is no room. */
  function makeRoom(endpointId: string): Promise<void> | string | undefined {
    const own = limits.ofEndpoint(endpointId);
    const checks: [string | undefined, number][] = [[undefined, limits.total]];
    if (own !== undefined) checks.unshift([endpointId, own]);
    const waits: Promise<void>[] = [];
    for (const [scope, limit] of checks) {
      if (countOf(scope) < limit) continue;
      const victim = longestIdle(scope);
      if (victim === undefined) {
        return scope === undefined
          ? `All ${limit} sessions that this runtime may run at once are busy (runtime.max_sessions). Try again when one is done.`
          : `All ${limit} sessions that "${scope}" may run at once are busy (limits.max_sessions). Try again when one is done.`;
      }
      waits.push(close(victim));
    }
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }

  return {
    close,
    agent: (sessionId) => slots.get(sessionId)?.agent,
    busy(sessionId) {
      const slot = slots.get(sessionId);
      if (slot?.agent === undefined) return undefined;
      slot.busy = true;
      return slot.agent;
    },
    async acquire({ session_id, endpoint_id, open }) {
      await closing.get(session_id);
      const room = makeRoom(endpoint_id);
      if (typeof room === "string") return { ok: false, kind: "limit", message: room, freed: freed.promise };
      const slot: Slot = { endpoint_id, busy: true, since: 0 };
      slots.set(session_id, slot);
      try {
        await room;
        const agent = await open();
        slot.agent = agent;
        // Closed while it was opening: nobody else will end it.
        if (slots.get(session_id) !== slot) await agent.close();
        return { ok: true, agent };
      } catch (error) {
        if (slots.get(session_id) === slot) {
          slots.delete(session_id);
          tellFreed();
        }
        return { ok: false, kind: "spawn", message: error instanceof Error ? error.message : String(error) };
      }
    },
    idle(sessionId) {
      const slot = slots.get(sessionId);
      if (slot === undefined) return;
      clock += 1;
      slot.busy = false;
      slot.since = clock;
      tellFreed();
    },
    async closeAll() {
      await Promise.all([...[...slots.keys()].map(close), ...closing.values()]);
    },
  };
}

/** One promise for all who wait for the same thing to happen next. */
function nextTime(): { readonly promise: Promise<void>; readonly come: () => void } {
  let come: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    come = resolve;
  });
  return { promise, come };
}
