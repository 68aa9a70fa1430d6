/** What a scenario gets: an agent on the bench, and what is peculiar to that agent. */
import { join } from "node:path";
import type { TurnError } from "@fairlead/protocol";
import type { RecordedRequest } from "../model/server.ts";
import type { Bench } from "./bench.ts";

/** How a turn ends: well, with a text where the agent tells its failure as an answer, or with a kind of error. */
export type Ending = { readonly says: RegExp } | { readonly fails: TurnError["kind"] } | "only when it is stopped";

export interface Quirks {
  /** What a rejected tool leads to: the model hears why, hears of it, or is not asked any more. */
  readonly rejected: "the model hears why" | "the model hears of it" | "the turn ends" | "the turn is cancelled";
  /** Whether a new process can go on with an old conversation. */
  readonly resumes: boolean;
  /** What each failure of the model leads to. */
  readonly modelErrors: Readonly<Record<"401" | "429" | "500" | "cut", Ending>>;
}

export interface Stage {
  readonly bench: Bench;
  readonly quirks: Quirks;
  /** Unique to the scenario: in prompts, holds and file names. */
  readonly mark: string;
}

export interface Scenario {
  readonly name: string;
  /** Longest time it may take (ms); default: a minute. */
  readonly timeout?: number;
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
