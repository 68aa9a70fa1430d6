/** Runs the calls of one client socket: a bounded number at once, changes of one session in the order they came. */
import { CONTRACTS, isOperationName } from "@fairlead/protocol";
import type { GatewayLimits } from "./limits.ts";

export interface Call {
  readonly operation: string;
  readonly input: unknown;
  /** Must not reject. */
  readonly run: () => Promise<void>;
}

export interface CallQueue {
  /** Takes a call, or says that too many wait. */
  add(call: Call): boolean;
  /** Looks whether a waiting call may begin; called when a reason to hold back may be gone. */
  proceed(): void;
  clear(): void;
}

/** `mayBegin` holds calls back while the socket has too much unsent. */
export function createCallQueue(limits: GatewayLimits, mayBegin: () => boolean): CallQueue {
  let waiting: Call[] = [];
  const running = new Set<string | symbol>();
  /** Calls that mostly wait; they have as many places of their own, so that they keep nothing else from beginning. */
  const idling = new Set<string | symbol>();

  /** Calls with the same key run one after the other. Queries need no order. */
  function keyOf(call: Call): string | undefined {
    if (!isOperationName(call.operation) || CONTRACTS[call.operation].kind === "query") return undefined;
    const { input } = call;
    const session = typeof input === "object" && input !== null && "session_id" in input ? input.session_id : undefined;
    return typeof session === "string" ? session : "";
  }

  const placesFor = (call: Call): Set<string | symbol> => (call.operation === "terminals.wait" ? idling : running);

  function begin(call: Call, key: string | symbol): void {
    const places = placesFor(call);
    places.add(key);
    void call.run().finally(() => {
      places.delete(key);
      proceed();
    });
  }

  function proceed(): void {
    const held = new Set<string>();
    const left: Call[] = [];
    for (const call of waiting) {
      const key = keyOf(call);
      const free =
        placesFor(call).size < limits.maxRunningCalls && mayBegin() && (key === undefined || !(running.has(key) || held.has(key)));
      if (free) {
        begin(call, key ?? Symbol("query"));
      } else {
        if (key !== undefined) held.add(key);
        left.push(call);
      }
    }
    waiting = left;
  }

  return {
    add(call) {
      if (waiting.length >= limits.maxWaitingCalls) return false;
      waiting.push(call);
      proceed();
      return true;
    },
    proceed,
    clear() {
      waiting = [];
    },
  };
}
