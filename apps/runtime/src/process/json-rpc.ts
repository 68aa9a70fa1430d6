/** JSON-RPC 2.0 over lines: requests both ways, each answered once; pending ones fail when the peer is gone. */
import { z } from "zod";

const idSchema = z.union([z.number(), z.string()]);
/** Whatever is wrong with an error, it is still one: its request must not be taken for answered. */
const errorSchema = z
  .looseObject({ code: z.number().catch(-32603), message: z.string().catch("unknown error"), data: z.unknown().optional() })
  .catch({ code: -32603, message: "unknown error", data: undefined });
const messageSchema = z.looseObject({
  id: idSchema.nullish(),
  method: z.string().nullish(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  /** Some peers send `null` with a result. */
  error: z.unknown().optional(),
});

/** JSON-RPC 2.0, "Error object". */
export const RPC_METHOD_NOT_FOUND = -32601;
export const RPC_INTERNAL_ERROR = -32603;

/** The peer answered with an error. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.name = "RpcError";
    this.code = code;
    this.data = data;
  }
}

export type RpcId = number | string;

export interface RpcOptions {
  /** Writes one line. */
  write(line: string): void;
  /** Whether messages carry `"jsonrpc":"2.0"` (Codex leaves it out). */
  readonly versioned: boolean;
  /** A notification of the peer; false when the reader must pause. */
  onNotification(method: string, params: unknown): boolean;
  /**
   * A request of the peer: answer it once with `respond` or `refuse` of its id, now or later. False when the reader must pause.
   */
  onRequest(id: RpcId, method: string, params: unknown): boolean;
  /** A line that is no message of this protocol. */
  onBadLine(text: string): void;
}

export interface Rpc {
  /** Takes a line of the peer; false when the reader must pause. */
  receive(line: string): boolean;
  /** Rejects with RpcError for the peer's refusal, with Error at the deadline (ms; none: it waits as long as the peer lives). */
  request(method: string, params: unknown, deadline?: number): Promise<unknown>;
  notify(method: string, params?: unknown): void;
  respond(id: RpcId, result: unknown): void;
  refuse(id: RpcId, code: number, message: string): void;
  /** Rejects all that waits for an answer; nothing is sent any more. */
  end(reason: string): void;
}

interface Waiting {
  readonly method: string;
  resolve(result: unknown): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout | undefined;
}

export function createRpc(options: RpcOptions): Rpc {
  const waiting = new Map<RpcId, Waiting>();
  let nextId = 1;
  let ended: string | undefined;

  function send(message: object): void {
    if (ended === undefined) options.write(JSON.stringify(options.versioned ? { jsonrpc: "2.0", ...message } : message));
  }

  function settle(id: RpcId): Waiting | undefined {
    const found = waiting.get(id);
    waiting.delete(id);
    clearTimeout(found?.timer);
    return found;
  }

  return {
    receive(line) {
      let parsed: z.infer<typeof messageSchema> | undefined;
      try {
        parsed = messageSchema.safeParse(JSON.parse(line)).data;
      } catch {
        // Told below like any other line that is none.
      }
      if (parsed === undefined) {
        options.onBadLine(line);
        return true;
      }
      const { id, method, params, result } = parsed;
      if (typeof method === "string") {
        return id === undefined || id === null ? options.onNotification(method, params) : options.onRequest(id, method, params);
      }
      if (id === undefined || id === null) {
        options.onBadLine(line);
        return true;
      }
      // An id of ours that is no longer open was answered twice or came after its deadline.
      const found = settle(id);
      if (found === undefined) return true;
      if (parsed.error === undefined || parsed.error === null) {
        found.resolve(result);
        return true;
      }
      const { code, message, data } = errorSchema.parse(parsed.error);
      found.reject(new RpcError(code, message, data));
      return true;
    },
    request(method, params, deadline) {
      if (ended !== undefined) return Promise.reject(new Error(ended));
      const id = nextId;
      nextId += 1;
      return new Promise((resolve, reject) => {
        const late = () => {
          waiting.delete(id);
          reject(new Error(`The agent did not answer "${method}" within ${(deadline ?? 0) / 1_000} s.`));
        };
        waiting.set(id, { method, resolve, reject, timer: deadline === undefined ? undefined : setTimeout(late, deadline) });
        send({ id, method, params });
      });
    },
    notify: (method, params) => send(params === undefined ? { method } : { method, params }),
    respond: (id, result) => send({ id, result }),
    refuse: (id, code, message) => send({ id, error: { code, message } }),
    end(reason) {
      ended ??= reason;
      for (const id of [...waiting.keys()]) settle(id)?.reject(new Error(reason));
    },
  };
}
