/** The scripted conversation: three sessions with three kinds of agents, and what a log says of each message. */
import { join } from "node:path";
import type { SessionEvent } from "@fairlead/protocol";
import { ROOT } from "../harness/programs.ts";

const LINES = join(ROOT, "e2e/harness/agents/lines.sh");
const ASKS = join(ROOT, "e2e/harness/agents/asks.mjs");

/** Endpoint blocks; `runs` is the file in which agents note each message they begin. */
export function endpointsOf(runs: string): Record<string, unknown>[] {
  const env = { RUNS: runs };
  return [
    { id: "cli", cli: { command: LINES, args: ["cli"], env, prompt_pattern: "ready> $" }, limits: { idle_timeout: "20s" } },
    { id: "job", job: { command: LINES, args: ["job", "{message}"], env } },
    { id: "external", external: { command: process.execPath, args: [ASKS], env } },
  ];
}

/** What is said in each session, in order. */
export const SCRIPT: Readonly<Record<string, readonly string[]>> = {
  cli: ["cli one", "cli two", "cli three", "cli four"],
  job: ["job one", "job two", "job three", "job four"],
  external: ["ext one", "ext ask two", "ext three", "ext ask four"],
};

/** A message as the log tells it. */
export interface Told {
  readonly content: string;
  /** Everything its turn said, joined per kind, without prompts: a program that was started anew shows one more. */
  readonly said: Readonly<Record<string, string>>;
  readonly end: "completed" | "failed" | "open";
  /** E.g. `end_turn 0` or `interrupted`. */
  readonly outcome: string;
  /** How each question of the turn was settled. */
  readonly answers: readonly string[];
  readonly posted_at: number;
  readonly ended_at: number;
}

/** Reads a log into one entry per message, in the order of posting. Throws where the log contradicts itself. */
export function tell(log: readonly SessionEvent[]): Told[] {
  for (const [index, event] of log.entries()) {
    if (event.seq !== index + 1) throw new Error(`number ${index + 1} is missing or out of place: ${event.seq}`);
  }
  const posted = log.filter((event) => event.type === "message.posted");
  const ids = new Set(posted.map((event) => event.message_id));
  if (ids.size !== posted.length) throw new Error("a message stands in the log twice");
  const started = log.filter((event) => event.type === "turn.started").map((event) => event.turn_id);
  const order = posted.map((event) => event.turn_id).filter((turn) => started.includes(turn));
  if (started.join() !== order.join()) throw new Error(`turns began out of order or twice: ${started.join()} instead of ${order.join()}`);
  return posted.map((message) =>
    tellTurn(
      log.filter((event) => event.turn_id === message.turn_id && event.seq >= message.seq),
      message,
    ),
  );
}

function tellTurn(events: readonly SessionEvent[], message: Extract<SessionEvent, { type: "message.posted" }>): Told {
  const said: Record<string, string> = {};
  const answers: string[] = [];
  let end: Told["end"] = "open";
  let outcome = "";
  let endedAt = Number.POSITIVE_INFINITY;
  for (const event of events) {
    if (end !== "open" && event.type !== "turn.stop_requested") throw new Error(`"${event.type}" after the end of ${message.content}`);
    if (event.type === "message.delta") said[event.kind] = (said[event.kind] ?? "") + event.text;
    if (event.type === "approval.resolved") answers.push(event.option_id);
    if (event.type === "turn.completed") {
      [end, outcome, endedAt] = ["completed", `${event.stop_reason} ${event.exit_code ?? "-"}`, event.at];
    }
    if (event.type === "turn.failed") [end, outcome, endedAt] = ["failed", event.error.kind, event.at];
  }
  for (const [kind, text] of Object.entries(said)) said[kind] = text.replaceAll("ready> ", "");
  return { content: message.content, said, end, outcome, answers, posted_at: message.at, ended_at: endedAt };
}

/**
 * Compares a conversation with the uninterrupted one. A turn may have failed if something that it needs was killed between its
 * posting and its end; it must then have said a beginning of what it would have said. Every other turn must be the same.
 */
export function differences(told: readonly Told[], undisturbed: readonly Told[], kills: readonly number[]): string[] {
  const faults: string[] = [];
  if (told.map((each) => each.content).join() !== undisturbed.map((each) => each.content).join()) {
    return [`messages: ${told.map((each) => each.content).join()}`];
  }
  for (const [index, turn] of told.entries()) {
    const expected = undisturbed[index];
    if (expected === undefined) continue;
    const excused = kills.some((at) => at >= turn.posted_at - 50 && at <= turn.ended_at);
    faults.push(...differencesOfTurn(turn, expected, excused));
  }
  return faults;
}

function differencesOfTurn(turn: Told, expected: Told, excused: boolean): string[] {
  const name = `"${turn.content}"`;
  if (turn.end === "open") return [`${name} never ended`];
  if (turn.end === "failed") {
    if (!excused) return [`${name} failed (${turn.outcome}) although nothing it needs was killed`];
    return Object.entries(turn.said)
      .filter(([kind, text]) => !(expected.said[kind] ?? "").startsWith(text))
      .map(([kind, text]) => `${name} said on ${kind}: ${JSON.stringify(text)}`);
  }
  const same =
    JSON.stringify(sorted(turn.said)) === JSON.stringify(sorted(expected.said)) &&
    turn.outcome === expected.outcome &&
    turn.answers.join() === expected.answers.join();
  return same ? [] : [`${name} differs: ${JSON.stringify(turn)} instead of ${JSON.stringify(expected)}`];
}

function sorted(said: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(said).sort(([a], [b]) => a.localeCompare(b));
}
