/** Commands to pi and their answers, each matched by its id; pending ones fail when pi is gone. */
import type { Response } from "./wire.ts";

/** pi refused a command. */
export class RefusedError extends Error {}

interface Pending {
  readonly command: string;
  resolve(data: unknown): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout | undefined;
}

export interface PiCommand {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface Calls {
  /** Resolves with the answer's data. Rejects with RefusedError, or with Error at the deadline (ms; none: as long as pi lives). */
  send(command: PiCommand, deadline?: number): Promise<unknown>;
  /** Takes an answer; false when nobody waits for it. */
  settle(response: Response): boolean;
  end(reason: string): void;
}

export function createCalls(write: (line: string) => void): Calls {
  const pending = new Map<string, Pending>();
  let last = 0;
  let ended: string | undefined;

  function take(id: string): Pending | undefined {
    const found = pending.get(id);
    pending.delete(id);
    clearTimeout(found?.timer);
    return found;
  }

  /** 0.73 answers a command it does not know without the id. */
  function idOf({ id, command }: Response): string | undefined {
    return id ?? [...pending].find(([, one]) => one.command === command)?.[0];
  }

  return {
    send(command, deadline) {
      if (ended !== undefined) return Promise.reject(new Error(ended));
      last += 1;
      const id = `f${last}`;
      return new Promise((resolve, reject) => {
        const late = () => {
          pending.delete(id);
          reject(new Error(`pi did not answer "${command.type}" within ${(deadline ?? 0) / 1_000} s.`));
        };
        const timer = deadline === undefined ? undefined : setTimeout(late, deadline);
        pending.set(id, { command: command.type, resolve, reject, timer });
        write(JSON.stringify({ id, ...command }));
      });
    },
    settle(response) {
      const id = idOf(response);
      const found = id === undefined ? undefined : take(id);
      if (response.success) found?.resolve(response.data);
      else found?.reject(new RefusedError(response.error));
      return found !== undefined;
    },
    end(reason) {
      ended ??= reason;
      for (const id of [...pending.keys()]) take(id)?.reject(new Error(reason));
    },
  };
}
