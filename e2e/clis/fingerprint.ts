/** What a session's log tells, without what differs from run to run: two runs of one script must tell the same. */
import type { SessionEvent } from "@fairlead/protocol";

/** Numbers, moments, ids, hashes over what holds a mark, and how many tokens an agent counts that make one. */
const PASSING = /^(?:seq|at|by|duration_ms|input_hash|context_tokens|id|.*_id|.*_at)$/;

/** What Codex and Gemini CLI tell their model of a command besides its output, which the scripted model repeats. */
const PASSING_WORDS = /Chunk ID: \w+\\nWall time: [\d.]+ seconds|Process Group PGID: \d+/g;

/** What an agent tells of itself while it starts, in whatever order it comes to it. */
const INTRODUCTION: ReadonlySet<SessionEvent["type"]> = new Set(["session.identified", "config.updated", "commands.updated"]);

/** Codex says it to a session that starts while another's sandbox holds that folder's place. */
const UNTRUSTED = /^Project-local config/;

function isIntroduction(event: SessionEvent): boolean {
  return INTRODUCTION.has(event.type) || (event.type === "notice" && UNTRUSTED.test(event.text));
}

/** One line per event, without the agent's introduction. Pieces of one message are joined, because how a stream is cut is chance; `mark` becomes `MARK`. */
export function fingerprint(log: readonly SessionEvent[], mark: string): string[] {
  const joined: SessionEvent[] = [];
  for (const event of log) {
    if (isIntroduction(event)) continue;
    const before = joined.at(-1);
    const isMore = event.type === "message.delta" && before?.type === "message.delta" && before.kind === event.kind;
    if (isMore) joined[joined.length - 1] = { ...before, text: before.text + event.text };
    // Codex tells what its model's answer cost while a command runs: before or after that ends is chance.
    else if (event.type === "tool.updated" && before?.type === "usage.updated") joined.splice(-1, 0, event);
    else joined.push(event);
  }
  return joined.map((event) => tell(event).replaceAll(mark, "MARK"));
}

function tell(event: SessionEvent): string {
  const { type, ...rest } = event;
  return `${type} ${JSON.stringify(rest, (key, value: unknown) => (PASSING.test(key) ? undefined : value))}`.replaceAll(PASSING_WORDS, "");
}
