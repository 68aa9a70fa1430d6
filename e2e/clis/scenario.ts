/** What a scenario gets: an agent on the bench, and what is peculiar to that agent. */
import { join } from "node:path";
import type { TurnError } from "@fairlead/protocol";
import type { ConversationItem } from "../model/conversation.ts";
import type { RecordedRequest } from "../model/server.ts";
import type { Bench } from "./bench.ts";

/** How a turn ends: well, with a text where the agent tells its failure as an answer, or with a kind of error. */
export type Ending = { readonly says: RegExp } | { readonly fails: TurnError["kind"] } | "only when it is stopped";

export type ModelError = "401" | "429" | "500" | "cut";

export interface Quirks {
  /** Whether the diff of a new file says that the file is new. */
  readonly tellsNewFiles: boolean;
  /** Whether it shows a diff of a new file at all; default: yes. */
  readonly showsNewFiles?: boolean;
  /** Whether it tells what a command has put out; the model hears it in any case. */
  readonly tellsOutput: boolean;
  /** Whether a message can go into the running turn. */
  readonly steers: boolean;
  /** Whether commands run unasked, in a sandbox of the agent's own that keeps them from writing; default: no. */
  readonly runsUnasked?: boolean;
  /** Whether it looks for something of its own elsewhere, in vain here; default: no. */
  readonly looksElsewhere?: boolean;
  /** Whether a new process can go on with an old conversation. */
  readonly resumes: boolean;
  /** What each failure of the model leads to; left out where those are not played. */
  readonly modelErrors?: Readonly<Record<ModelError, Ending>>;
}

export interface Stage {
  readonly bench: Bench;
  readonly quirks: Quirks;
  /** Unique to the scenario: in prompts, holds and file names. */
  readonly mark: string;
}

export interface Scenario {
  readonly name: string;
  /** Played with every agent, also with those that are driven briefly: they speak, ask and stop. */
  readonly isEssential?: boolean;
  /** Whether it can be played with such an agent; default: yes. */
  fits?(quirks: Quirks): boolean;
  run(stage: Stage): Promise<void>;
}

/** A file in the agent's working directory that is this scenario's own. */
export function fileOf({ bench, mark }: Stage, name: string): string {
  return join(bench.work, `${mark}-${name}`);
}

/** The newest request for an answer to that prompt. */
export function newestRequest({ bench }: Stage, prompt: string): RecordedRequest | undefined {
  return bench.model.requests.findLast((request) => request.tools.length > 0 && request.prompt.text.includes(prompt));
}

/** What the model was told after that prompt, newest request: results of tools, and what was said besides. */
export function toldSince({ bench }: Stage, prompt: string): string[] {
  const begins = (item: ConversationItem) => item.type === "user" && item.text.includes(prompt);
  const request = bench.model.requests.findLast(({ tools, items }) => tools.length > 0 && items.some(begins));
  const items = request?.items ?? [];
  return items.slice(items.findLastIndex(begins) + 1).flatMap((item) => (item.type === "assistant" ? [] : [item.text]));
}
