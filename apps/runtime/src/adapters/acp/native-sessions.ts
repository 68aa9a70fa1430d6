/** The agent's own earlier conversations, where it tells them: a process is started to ask, and ended. */
import type { NativeSession } from "@fairlead/protocol";
import { RPC_METHOD_NOT_FOUND } from "../../process/json-rpc.ts";
import { clipText, safeText } from "../../process/text.ts";
import type { AdapterHost } from "../contract.ts";
import { type Agent, createAgent } from "./agent.ts";
import { failureOf } from "./failures.ts";
import type { EndpointSettings } from "./settings.ts";
import { sessionListSchema } from "./wire.ts";

const MAX_SESSIONS = 500;
const MAX_PAGES = 20;
/** How long (ms) each page may take. */
const PAGE_LIMIT_MS = 30_000;

/** The newest first, at most 500. Rejects with an Error for people. */
export async function listNativeSessions(settings: EndpointSettings, host: AdapterHost): Promise<NativeSession[]> {
  const { config, sign_in } = settings;
  const started = await host.processes.start({ ...config, work_dir: host.processes.workDir(config) }, { grace: host.stop_grace });
  if (!started.ok) throw new Error(started.error.message);
  const agent: Agent = createAgent(started.process, {
    onNotification: () => true,
    onRequest(id) {
      agent.rpc.refuse(id, RPC_METHOD_NOT_FOUND, "nothing is offered here");
      return true;
    },
    onTrouble: () => undefined,
    resumed: async () => undefined,
    onEnd: () => undefined,
  });
  try {
    const { agentCapabilities } = await agent.initialize({ fs: false, terminal: false });
    const { loadSession, sessionCapabilities } = agentCapabilities;
    if (!sessionCapabilities.list) throw new Error("This agent does not tell its earlier sessions.");
    if (!sessionCapabilities.resume && !loadSession) throw new Error("This agent cannot go on with an earlier session.");
    const found = await allPages(agent);
    return [...found.values()].sort((left, right) => right.updated_at - left.updated_at).slice(0, MAX_SESSIONS);
  } catch (error) {
    throw new Error((agent.death() ?? failureOf(error, sign_in)).message);
  } finally {
    await agent.close(host.stop_grace);
  }
}

async function allPages(agent: Agent): Promise<Map<string, NativeSession>> {
  const found = new Map<string, NativeSession>();
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES && found.size < MAX_SESSIONS; page += 1) {
    const answer = await agent.rpc.request("session/list", cursor === undefined ? {} : { cursor }, PAGE_LIMIT_MS);
    const { sessions = [], nextCursor } = sessionListSchema.parse(answer);
    for (const { sessionId, cwd, title, updatedAt } of sessions) {
      const updated = Date.parse(updatedAt ?? "");
      found.set(sessionId, {
        native_id: sessionId,
        title: clipText(safeText(title ?? ""), 500),
        ...(cwd === undefined ? {} : { work_dir: clipText(safeText(cwd), 4_096) }),
        updated_at: Number.isNaN(updated) ? 0 : updated,
      });
    }
    if (nextCursor === undefined || nextCursor === cursor) break;
    cursor = nextCursor;
  }
  return found;
}
