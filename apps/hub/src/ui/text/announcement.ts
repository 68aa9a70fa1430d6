/** What a screen reader says when something new ends or asks. */
import type { SessionView } from "@fairlead/client";
import { errorWords, stopWords } from "./turn-words.ts";

/** Characters of an answer that are read out; the transcript has the rest. */
const MOST_CHARS = 280;

/** A sentence about what happened after event `since`; empty if only pieces of something unfinished came. */
export function announcement(view: SessionView, since: number, name: string): string {
  const agent = name === "" ? "The agent" : name;
  for (let index = view.blocks.length - 1; index >= 0; index -= 1) {
    const block = view.blocks.at(index);
    if (block === undefined || block.last_seq <= since) break;
    if (block.type === "approval" && block.status === "open") return `${agent} asks: ${block.title}`;
    if (block.type !== "turn") continue;
    if (block.error !== null) return `${errorWords(block.error).title}. ${block.error.message.slice(0, MOST_CHARS)}`;
    const stopped = block.stop_reason === null ? undefined : stopWords(block.stop_reason);
    const exit = block.exit_code === null || block.exit_code === 0 ? "" : ` with exit code ${block.exit_code}`;
    return stopped === undefined ? `${agent}${exit}: ${lastWords(view, index)}` : `${agent}: ${stopped}`;
  }
  return "";
}

function lastWords(view: SessionView, turnAt: number): string {
  for (let index = turnAt - 1; index >= 0; index -= 1) {
    const block = view.blocks.at(index);
    if (block === undefined || block.type === "turn" || block.type === "user") break;
    if (block.type === "agent" && block.kind !== "thought") return block.text.tail(MOST_CHARS).slice(-MOST_CHARS).trim();
  }
  return "done";
}
