/** Control requests both ways on Claude Code's lines: ours are answered once or fail; its own get exactly one answer. */
import { randomUUID } from "node:crypto";
import { clipText, safeText } from "../../process/text.ts";
import type { ControlResponse } from "./wire.ts";

/** Claude Code refused a request. */
export class RefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "RefusedError";
  }
}

interface Waiting {
  readonly timer: NodeJS.Timeout;
  resolve(response: unknown): void;
  reject(error: Error): void;
}

export interface Control {
  /** Rejects with RefusedError for its refusal, with Error at the deadline (ms) and when it is gone. */
  request(request: { readonly subtype: string; readonly [field: string]: unknown }, deadline: number): Promise<unknown>;
  /** Takes an answer to one of our requests; one that nobody waits for does nothing. */
  settle(message: ControlResponse): void;
  respond(requestId: string, response: object): void;
  refuse(requestId: string, error: string): void;
  /** Rejects all that waits; nothing is sent any more. */
  end(reason: string): void;
}

export function createControl(write: (line: string) => void): Control {
  const waiting = new Map<string, Waiting>();
  let ended: string | undefined;

  function send(message: object): void {
    if (ended === undefined) write(JSON.stringify(message));
  }

  return {
    request(request, deadline) {
      if (ended !== undefined) return Promise.reject(new Error(ended));
      const request_id = randomUUID();
      return new Promise((resolve, reject) => {
        const late = () => {
          waiting.delete(request_id);
          reject(new Error(`Claude Code did not answer "${request.subtype}" within ${deadline / 1_000} s.`));
        };
        waiting.set(request_id, { timer: setTimeout(late, deadline), resolve, reject });
        send({ type: "control_request", request_id, request });
      });
    },
    settle({ response }) {
      const found = waiting.get(response.request_id);
      if (found === undefined) return;
      waiting.delete(response.request_id);
      clearTimeout(found.timer);
      if (response.subtype === "success") found.resolve(response.response);
      else found.reject(new RefusedError(clipText(safeText(response.error ?? "it gave no reason"), 2_000)));
    },
    respond: (request_id, response) => send({ type: "control_response", response: { subtype: "success", request_id, response } }),
    refuse: (request_id, error) => send({ type: "control_response", response: { subtype: "error", request_id, error } }),
    end(reason) {
      ended ??= reason;
      for (const [id, { timer, reject }] of waiting) {
        waiting.delete(id);
        clearTimeout(timer);
        reject(new Error(reason));
      }
    },
  };
}
