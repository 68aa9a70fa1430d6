/** Reads a session's log over REST. */
import type { Client } from "@fairlead/client";
import type { SessionEvent } from "@fairlead/protocol";

/** The whole log, page by page. */
export async function wholeLog(client: Client, sessionId: string): Promise<SessionEvent[]> {
  const log: SessionEvent[] = [];
  for (;;) {
    const page = await client.operations["events.list"]({ session_id: sessionId, after_seq: log.length, limit: 100 });
    log.push(...page.events);
    if (page.events.length === 0 || log.length >= page.head) return log;
  }
}
