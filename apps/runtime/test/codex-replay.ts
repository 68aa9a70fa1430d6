/** Replays what Codex really said through the adapter's translator, turn by turn. */

import { readFileSync } from "node:fs";
import { createTranslator, type Translation, type Translator, type TurnEnd } from "../src/adapters/codex/translate.ts";
import type { AdapterEvent } from "../src/adapters/contract.ts";

export const WORK_DIR = "/home/user/project";

/** The lines of a recorded stream. */
export function recorded(name: string): string[] {
  const file = new URL(`../src/adapters/codex/fixtures/${name}.jsonl`, import.meta.url);
  return readFileSync(file, "utf8").trimEnd().split("\n");
}

export interface ReplayedTurn {
  readonly events: AdapterEvent[];
  readonly troubles: NonNullable<Translation["trouble"]>[];
  ended?: TurnEnd;
}

export interface Message {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: { readonly threadId?: string; readonly turn?: { readonly id?: string } };
  readonly result?: { readonly thread?: { readonly id?: string } };
}

/** Lines that are no messages are skipped. `onRequest` sees the agent's requests where they stand. */
export function replay(
  lines: readonly string[],
  onRequest: (message: Message, translator: Translator) => void = () => undefined,
): ReplayedTurn[] {
  const translator = createTranslator(WORK_DIR);
  const turns: ReplayedTurn[] = [];
  let current: ReplayedTurn | undefined;
  for (const line of lines) {
    const message = parse(line);
    if (message === undefined) continue;
    const { id, method, params, result } = message;
    if (typeof result?.thread?.id === "string") translator.follow(result.thread.id);
    if (typeof method !== "string") continue;
    if (method === "turn/started" && current === undefined) {
      current = { events: [], troubles: [] };
      turns.push(current);
      translator.beginTurn();
    }
    if (id !== undefined && id !== null) {
      onRequest(message, translator);
      continue;
    }
    const { events, ended, trouble } = translator.take(method, params);
    current?.events.push(...events);
    if (trouble !== undefined) current?.troubles.push(trouble);
    if (ended === undefined || current === undefined) continue;
    current.ended = ended;
    current.events.push(...translator.endTurn(ended.status === "completed" ? "completed" : "failed"));
    current = undefined;
  }
  return turns;
}

function parse(line: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
