/** What a session's log tells, without what differs from run to run: two runs of one script must tell the same. */
import type { SessionEvent } from "@fairlead/protocol";

/** Numbers, moments and ids. */
const PASSING = /^(?:seq|at|by|duration_ms|id|.*_id|.*_at)$/;

/** One line per event. Pieces of one message are joined, because how a stream is cut is chance; `mark` becomes `MARK`. */
export function fingerprint(log: readonly SessionEvent[], mark: string): string[] {
  const joined: SessionEvent[] = [];
  for (const event of log) {
    const before = joined.at(-1);
    const isMore = event.type === "message.delta" && before?.type === "message.delta" && before.kind === event.kind;
    if (isMore) joined[joined.length - 1] = { ...before, text: before.text + event.text };
    else joined.push(event);
  }
  return joined.map((event) => tell(event).replaceAll(mark, "MARK"));
}

function tell(event: SessionEvent): string {
  const { type, ...rest } = event;
  return `${type} ${JSON.stringify(rest, (key, value: unknown) => (PASSING.test(key) ? undefined : value))}`;
}
