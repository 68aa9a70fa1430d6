/** Notices at a bounded rate: an agent that misbehaves in a loop does not fill the log. */
import type { AgentEvent } from "@fairlead/protocol";
import { clipText, safeText } from "../process/text.ts";

type Notice = Extract<AgentEvent, { type: "notice" }>;
export type NoticeCode = NonNullable<Notice["code"]>;

const WINDOW_MS = 60_000;
const MAX_IN_WINDOW = 20;
const MAX_CHARS = 2_000;

/** Makes notices, at most 20 of each code a minute; the last of them says that more follow unseen. */
export function createNotices(now: () => number = Date.now) {
  const windows = new Map<NoticeCode, { since: number; count: number }>();
  return (level: Notice["level"], code: NoticeCode, text: string): Notice | undefined => {
    const window = windows.get(code);
    const current = window === undefined || now() - window.since >= WINDOW_MS ? { since: now(), count: 0 } : window;
    current.count += 1;
    windows.set(code, current);
    if (current.count > MAX_IN_WINDOW) return undefined;
    const suffix = current.count === MAX_IN_WINDOW ? " (More of this kind in the next minute are not shown.)" : "";
    return { type: "notice", level, code, text: clipText(safeText(text), MAX_CHARS) + suffix };
  };
}
