/** Operations over the live socket: typed, each with a deadline, none left hanging by a lost connection. */
import { AppError, CONTRACTS, type OperationInput, type OperationName, type OperationOutput, parseInput } from "@fairlead/protocol";
import { newId } from "./new-id.ts";
import type { LiveSocket } from "./socket.ts";

export interface CallOptions {
  /** How long to wait for the connection and the answer together (ms). Default 15 s. */
  readonly deadline?: number;
}

export type Call = <N extends OperationName>(name: N, input: OperationInput<N>, options?: CallOptions) => Promise<OperationOutput<N>>;

interface Open {
  readonly sent: boolean;
  resolve(output: unknown): void;
  reject(error: AppError): void;
}

/** Calls open at once; one more is refused, because a caller that never waits would fill the memory. */
const MOST_OPEN = 1_000;

/**
 * Rejects with AppError only: the hub's own refusal, or UNAVAILABLE when the connection was lost or the deadline passed. After
 * UNAVAILABLE a mutation may or may not have happened.
 */
export function createCalls(socket: LiveSocket): { readonly call: Call; close(): void } {
  const open = new Map<string, Open>();

  const stopFrames = socket.onFrame((frame) => {
    if (frame.type === "result") open.get(frame.id)?.resolve(frame.output);
    if (frame.type === "error" && frame.id !== undefined) open.get(frame.id)?.reject(new AppError(frame.code, frame.error));
  });

  let waiting: (() => void)[] = [];
  const stopStatus = socket.status.subscribe(() => {
    const { state } = socket.status.get();
    if (state === "live") {
      const ready = waiting;
      waiting = [];
      for (const send of ready) send();
      return;
    }
    const signedOut = state === "signed_out";
    for (const { sent, reject } of [...open.values()]) {
      if (signedOut) reject(new AppError("UNAUTHENTICATED", "sign in again"));
      else if (sent) reject(new AppError("UNAVAILABLE", "the connection was lost before the answer came"));
    }
  });

  const call: Call = (name, input, options = {}) =>
    new Promise((resolve, reject) => {
      if (open.size >= MOST_OPEN) return reject(new AppError("LIMIT_EXCEEDED", `${MOST_OPEN} calls are open`));
      const id = newId();
      const settle = () => {
        clearTimeout(timer);
        open.delete(id);
      };
      const fail = (error: AppError) => {
        settle();
        reject(error);
      };
      const timer = setTimeout(() => fail(new AppError("UNAVAILABLE", `no answer from the hub: ${name}`)), options.deadline ?? 15_000);
      const entry = {
        sent: false,
        reject: fail,
        resolve(output: unknown) {
          settle();
          try {
            resolve(parseInput(CONTRACTS[name].output, output) as never);
          } catch (error) {
            reject(error);
          }
        },
      };
      const send = () => {
        if (!open.has(id)) return;
        try {
          entry.sent = socket.send({ type: "call", id, operation: name, input });
          if (!entry.sent) waiting.push(send);
        } catch (cause) {
          fail(new AppError("TOO_LARGE", "the request is too large", { cause }));
        }
      };
      open.set(id, entry);
      send();
    });

  return {
    call,
    close() {
      stopFrames();
      stopStatus();
      for (const { reject } of [...open.values()]) reject(new AppError("UNAVAILABLE", "the client was closed"));
    },
  };
}
