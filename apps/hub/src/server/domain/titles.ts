/** What a session is called before anybody names it. */
import type { SessionState } from "@fairlead/protocol";

/** The longest title taken from a message, in characters. */
export const MAX_AUTOMATIC_TITLE = 60;

/** The first line with something in it, at most 60 characters; undefined when the message has none. */
export function titleFromMessage(content: string): string | undefined {
  const line = content
    .split(/\r\n|\r|\n/)
    .map((text) => printable(text).trim())
    .find((text) => text !== "");
  if (line === undefined) return undefined;
  // Cut by code points, never through a surrogate pair.
  const characters = [...line];
  if (characters.length <= MAX_AUTOMATIC_TITLE) return line;
  return `${characters
    .slice(0, MAX_AUTOMATIC_TITLE - 1)
    .join("")
    .trimEnd()}…`;
}

/** Control characters would garble a list or a window title; they become spaces. */
function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}

/** Whether nobody has written in this session yet, so that its first message may still name it. */
export function isUnused(state: SessionState): boolean {
  return state.last_turn === null && state.turn === null && state.queue.length === 0;
}
