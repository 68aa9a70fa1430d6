/** Opens a conversation of Codex: goes on with the one that is known, or begins a new one and says so. */
import { setTimeout as delay } from "node:timers/promises";
import { RpcError } from "../../process/json-rpc.ts";
import type { Connection } from "./connection.ts";
import { type ThreadOpened, threadOpenedSchema } from "./wire.ts";

/** Opening waits for MCP servers and reads the whole log of the conversation. */
const OPEN_LIMIT_MS = 120_000;
/** How long (ms) another process may still hold the conversation: one that was just ended lets go of it soon. */
const WRITER_LIMIT_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

export interface OpenThread {
  readonly native_id: string | null;
  /** Parameters that `thread/start` and `thread/resume` share. */
  readonly params: Readonly<Record<string, unknown>>;
}

export type OpenedThread =
  | { readonly kind: "resumed"; readonly opened: ThreadOpened }
  /** `lost`: why the known conversation could not be resumed, in Codex's words. */
  | { readonly kind: "begun"; readonly opened: ThreadOpened; readonly lost: string | undefined }
  /** Somebody else writes to it. */
  | { readonly kind: "busy"; readonly words: string };

function isBusy(error: RpcError): boolean {
  return /active writer/i.test(error.message);
}

function readOpened(answer: unknown): ThreadOpened {
  const parsed = threadOpenedSchema.safeParse(answer);
  if (!parsed.success) throw new Error("Codex opened a conversation without telling its id.");
  return parsed.data;
}

async function resume(connection: Connection, threadId: string, params: object): Promise<ThreadOpened | RpcError> {
  const deadline = performance.now() + WRITER_LIMIT_MS;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return readOpened(await connection.request("thread/resume", { threadId, excludeTurns: true, ...params }, OPEN_LIMIT_MS));
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      if (!isBusy(error) || performance.now() + pause > deadline) return error;
    }
    await delay(pause);
  }
}

/** Rejects when Codex refuses a new conversation or ends. */
export async function openThread(connection: Connection, { native_id, params }: OpenThread): Promise<OpenedThread> {
  let lost: string | undefined;
  if (native_id !== null) {
    const result = await resume(connection, native_id, params);
    if (!(result instanceof RpcError)) return { kind: "resumed", opened: result };
    if (isBusy(result)) return { kind: "busy", words: result.message };
    lost = result.message;
  }
  const opened = readOpened(await connection.request("thread/start", params, OPEN_LIMIT_MS));
  return { kind: "begun", opened, lost };
}
