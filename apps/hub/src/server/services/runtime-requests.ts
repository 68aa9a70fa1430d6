/** Asks connected runtimes for what is true only now: nothing of it is stored, and an answer that does not come in time has failed. */
import { randomUUID } from "node:crypto";
import { AppError, type RuntimeRequest } from "@fairlead/protocol";
import type { RequestFrame, ResponseFrame, RuntimeLink } from "./contract.ts";

/** How long a runtime may take (ms), and how many requests of one may be open; those that mostly wait have places of their own. */
const DEADLINE_MS = 20_000;
const MOST_OPEN = 16;
const MOST_WAITS = 16;

export interface RuntimeRequests {
  attach(link: RuntimeLink, send: (frame: RequestFrame) => void): void;
  respond(link: RuntimeLink, frame: ResponseFrame): void;
  isAttached(runtimeId: string): boolean;
  /** Everything that connection was asked has failed. */
  detach(link: RuntimeLink): void;
  /** Throws UNAVAILABLE when the runtime is away, too slow or says that it cannot; LIMIT_EXCEEDED when too much is open. */
  ask(runtimeId: string, request: RuntimeRequest): Promise<ResponseFrame>;
}

interface Waiting {
  readonly isWait: boolean;
  readonly timer: NodeJS.Timeout;
  resolve(frame: ResponseFrame): void;
  reject(reason: AppError): void;
}

interface Attached {
  readonly epoch: number;
  readonly send: (frame: RequestFrame) => void;
  readonly waiting: Map<string, Waiting>;
}

export function createRuntimeRequests(deadlineMs = DEADLINE_MS): RuntimeRequests {
  const attached = new Map<string, Attached>();

  function end({ waiting }: Attached): void {
    for (const { timer, reject } of waiting.values()) {
      clearTimeout(timer);
      reject(new AppError("UNAVAILABLE", "the runtime went away before it answered"));
    }
    waiting.clear();
  }

  return {
    attach({ runtime_id, epoch }, send) {
      const before = attached.get(runtime_id);
      if (before !== undefined && before.epoch > epoch) return;
      attached.set(runtime_id, { epoch, send, waiting: new Map() });
      if (before !== undefined) end(before);
    },

    isAttached: (runtimeId) => attached.has(runtimeId),

    respond({ runtime_id, epoch }, frame) {
      const link = attached.get(runtime_id);
      const asker = link?.epoch === epoch ? link.waiting.get(frame.id) : undefined;
      if (asker === undefined) return;
      link?.waiting.delete(frame.id);
      clearTimeout(asker.timer);
      if (frame.error === undefined) asker.resolve(frame);
      else asker.reject(new AppError("UNAVAILABLE", frame.error));
    },

    detach({ runtime_id, epoch }) {
      const link = attached.get(runtime_id);
      if (link?.epoch !== epoch) return;
      attached.delete(runtime_id);
      end(link);
    },

    ask(runtimeId, request) {
      const link = attached.get(runtimeId);
      if (link === undefined) return Promise.reject(new AppError("UNAVAILABLE", "its runtime is not connected"));
      const isWait = request.kind === "terminal.wait";
      const open = [...link.waiting.values()].filter((other) => other.isWait === isWait).length;
      if (open >= (isWait ? MOST_WAITS : MOST_OPEN)) {
        const what = isWait ? `${open} calls wait for this runtime's terminals already` : "the runtime is asked too much at once";
        return Promise.reject(new AppError("LIMIT_EXCEEDED", what, { retryAfter: 1 }));
      }
      return new Promise((resolve, reject) => {
        const id = randomUUID();
        const timer = setTimeout(() => {
          link.waiting.delete(id);
          reject(new AppError("UNAVAILABLE", "the runtime did not answer in time"));
        }, deadlineMs);
        link.waiting.set(id, { isWait, timer, resolve, reject });
        link.send({ type: "request", id, request });
      });
    },
  };
}
