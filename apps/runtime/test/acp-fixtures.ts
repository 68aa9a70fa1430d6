/** Recorded conversations of real ACP agents, and a session that plays the agent's part. */

import { readFileSync } from "node:fs";
import { createTranslator, type Deeds, type Translator } from "../src/adapters/acp/translate.ts";
import { sessionSetupSchema, sessionUpdateSchema } from "../src/adapters/acp/wire.ts";
import type { AdapterEvent } from "../src/adapters/contract.ts";

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly sessionId?: string; readonly toolCall?: unknown; readonly update?: unknown };
  readonly result?: { readonly sessionId?: string };
  readonly error?: unknown;
}

export interface Recorded {
  readonly dir: "<" | ">";
  readonly msg: Message;
}

export function readFixture(name: string): Recorded[] {
  const text = readFileSync(new URL(`../src/adapters/acp/fixtures/${name}.jsonl`, import.meta.url), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** The answer of the agent to a request of ours. */
export function answerTo(recorded: readonly Recorded[], id: number): Message {
  const found = recorded.find(({ dir, msg }) => dir === "<" && msg.method === undefined && msg.id === id);
  if (found === undefined) throw new Error(`no answer to ${id}`);
  return found.msg;
}

export interface PlayedTurn {
  readonly events: AdapterEvent[];
  readonly deeds: Deeds;
}

export interface Played {
  readonly turns: readonly PlayedTurn[];
  readonly translator: Translator;
  /** What was told outside of turns. */
  readonly between: readonly AdapterEvent[];
  /** What was told in a turn that the recording does not see the end of, with the end of the agent. */
  readonly unfinished: readonly AdapterEvent[];
}

/** Translates the first session of a recording. */
export function play(recorded: readonly Recorded[]): Played {
  const translator = createTranslator({
    work_dir: "/home/user/project",
    sums_usage: false,
    notice: (level, code, text) => ({ type: "notice", level, code, text }),
  });
  const turns: PlayedTurn[] = [];
  const between: AdapterEvent[] = [];
  let session: string | undefined;
  let prompt: number | undefined;
  let events: AdapterEvent[] = [];

  function sent({ method, params, id }: Message): void {
    if (method !== "session/prompt" || params?.sessionId !== session || prompt !== undefined) return;
    prompt = id;
    events = [];
    translator.begin();
  }

  function told(params: unknown): void {
    const { sessionId, update } = sessionUpdateSchema.parse(params);
    if (sessionId !== session) return;
    if (prompt === undefined) between.push(...translator.update(update, "idle"));
    else events.push(...translator.update(update, "turn"));
  }

  function answered({ id, result }: Message): void {
    if (session === undefined && result?.sessionId !== undefined) {
      session = result.sessionId;
      translator.options.take(sessionSetupSchema.parse(result));
      translator.usage.startNew();
    } else if (prompt !== undefined && id === prompt) {
      events.push(...translator.calls.closeAll());
      turns.push({ events, deeds: translator.deeds() });
      prompt = undefined;
    }
  }

  for (const { dir, msg } of recorded) {
    if (dir === ">") sent(msg);
    else if (msg.method === "session/update") told(msg.params);
    else if (msg.method === undefined) answered(msg);
  }
  const unfinished = prompt === undefined ? [] : [...events, ...translator.calls.closeAll()];
  return { turns, translator, between, unfinished };
}

const VALUES = ["null", "7", '"text"', "[]", "{}", "true", "-1.5", "[[[1]]]"];

/** The lines with the first values of some keys made another type: still JSON, but not what was agreed on. Each `shift` changes others. */
export function retyped(lines: readonly string[], shift: number): string[] {
  return lines.map((line, index) => {
    if ((index + shift) % 4 !== 0) return line;
    const keys = [...line.matchAll(/"(?!method"|id")[A-Za-z]+":/g)];
    const key = keys[(index * 7 + shift * 3) % keys.length];
    if (key === undefined) return line;
    const end = key.index + key[0].length;
    const value = VALUES[(index + shift) % VALUES.length] ?? "0";
    return line.slice(0, end) + line.slice(end).replace(/^(?:"(?:[^"\\]|\\.)*"|-?[\d.]+|true|false|null)/, value);
  });
}
