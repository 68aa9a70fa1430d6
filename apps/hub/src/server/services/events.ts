/** Reading a session's log: for viewers as stored text, for REST parsed. */
import { AppError, MAX_EVENT_PAGE, sessionEventSchema } from "@fairlead/protocol";
import type { StoredPage } from "../storage/contract.ts";
import type { Services } from "./contract.ts";
import type { ServiceDependencies } from "./dependencies.ts";
import { allow, implementOn } from "./operation.ts";
import { createReadable } from "./readable.ts";

/** Bytes of one page for a viewer, about; keeps frames small enough to send while others wait. */
const PAGE_BYTES = 256 * 1024;

export function createEvents(deps: Pick<ServiceDependencies, "db">) {
  const { log: eventLog } = deps.db;
  const readable = createReadable(deps);
  const parsed = (page: StoredPage) => ({ ...page, events: page.events.map((text) => sessionEventSchema.parse(JSON.parse(text))) });

  const reading: Services["events"] = {
    async open(principal, sessionId) {
      allow(principal, "session.read", await readable.session(sessionId));
      return (await eventLog.heads([sessionId])).get(sessionId) ?? 0;
    },
    page: (sessionId, afterSeq) => eventLog.read(sessionId, { after_seq: afterSeq, limit: MAX_EVENT_PAGE, max_bytes: PAGE_BYTES }),
    heads: (sessionIds) => eventLog.heads(sessionIds),
  };

  return {
    ...reading,
    operations: {
      "events.list": implementOn("events.list", {
        verb: "session.read",
        subject: ({ session_id }) => readable.session(session_id),
        async run(_context, { session_id, after_seq, before_seq, limit, include }, { state }) {
          if (after_seq !== undefined && before_seq !== undefined) {
            throw new AppError("INVALID_INPUT", "before_seq: give either after_seq or before_seq, not both");
          }
          const page =
            before_seq === undefined
              ? await eventLog.read(session_id, { after_seq: after_seq ?? 0, limit })
              : await eventLog.readBefore(session_id, { before_seq, limit });
          return { ...parsed(page), ...(include === "state" ? { state } : {}) };
        },
      }),
    },
  };
}
