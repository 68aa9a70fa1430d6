/** Codex's own conversations on this machine, asked from a `codex app-server` that runs only for that. */
import type { CodexConfig, NativeSession } from "@fairlead/protocol";
import { clipText, safeText } from "../../process/text.ts";
import type { AdapterHost } from "../contract.ts";
import { appServerSpec, type Connection, createConnection } from "./connection.ts";
import { titleOf } from "./items.ts";
import { threadListSchema } from "./wire.ts";

const MAX_SESSIONS = 500;
const PAGE_SIZE = 100;
const ANSWER_LIMIT_MS = 30_000;
/** Where a person may have begun one; unasked, Codex leaves out those of `codex exec`. */
const SOURCES = ["cli", "vscode", "exec", "appServer"];

function sessionOf({ id, preview, name, cwd, updatedAt }: ReturnType<typeof threadListSchema.parse>["data"][number]): NativeSession {
  return {
    native_id: id,
    title: titleOf(name || preview || "") || "Untitled",
    ...(cwd ? { work_dir: clipText(safeText(cwd), 4_096) } : {}),
    updated_at: Math.round(Math.min(updatedAt * 1_000, Number.MAX_SAFE_INTEGER)),
  };
}

async function readAll(connection: Connection): Promise<NativeSession[]> {
  const found = new Map<string, NativeSession>();
  let cursor: string | undefined;
  do {
    // No providers named: all of them, not only the one that is set now.
    const which = { modelProviders: [], sourceKinds: SOURCES };
    const params = { limit: PAGE_SIZE, sortKey: "updated_at", ...which, ...(cursor === undefined ? {} : { cursor }) };
    const page = threadListSchema.parse(await connection.request("thread/list", params, ANSWER_LIMIT_MS));
    const before = found.size;
    for (const thread of page.data) if (!thread.ephemeral) found.set(thread.id, sessionOf(thread));
    cursor = page.nextCursor || undefined;
    // A page that adds nothing would be followed by itself for ever.
    if (found.size === before) break;
  } while (cursor !== undefined && found.size < MAX_SESSIONS);
  return [...found.values()].sort((one, other) => other.updated_at - one.updated_at).slice(0, MAX_SESSIONS);
}

/** At most 500, the newest first. Rejects with an Error for people. */
export async function listNativeSessions(config: CodexConfig, host: AdapterHost): Promise<readonly NativeSession[]> {
  const started = await host.processes.start(appServerSpec(config, host, host.processes.workDir(config)), { grace: host.stop_grace });
  if (!started.ok) throw new Error(started.error.message);
  const connection: Connection = createConnection(started.process, {
    onNotification: () => true,
    onRequest(id) {
      connection.refuse(id, -32601, "not supported by this client");
      return true;
    },
    onTrouble: () => undefined,
    resumed: async () => undefined,
    onEnd: () => undefined,
  });
  try {
    await connection.initialize();
    return await readAll(connection);
  } catch (error) {
    throw new Error(`Codex did not tell its sessions: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await connection.close(host.stop_grace);
  }
}
