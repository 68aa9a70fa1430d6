/** How a turn ended, from Claude Code's result or the end of its process: failures in its own words, with what to do about them. Pure. */
import type { TurnError } from "@fairlead/protocol";
import type { ProcessExit } from "../../process/spawn.ts";
import { clipText, safeText } from "../../process/text.ts";
import type { TurnResult } from "../contract.ts";
import type { ResultMessage } from "./wire.ts";

const MAX_MESSAGE = 4_000;
const SIGN_IN = /\/login|not logged in|invalid (?:api key|x-api-key|bearer)|failed to authenticate|oauth token|authentication[ _]/i;
const REMEDY = {
  text: "Sign in on the agent's machine as the user that the runtime runs as, or set ANTHROPIC_API_KEY in the endpoint's env.",
  command: "claude /login",
};

/** What Claude Code says when it will not go on with a conversation. */
export const UNKNOWN_CONVERSATION = /no conversation found/i;

export function outcomeOf(result: ResultMessage): TurnResult {
  if (result.subtype === "error_max_turns") return { ok: true, stop_reason: "max_turn_requests" };
  if (result.terminal_reason?.startsWith("aborted")) return { ok: true, stop_reason: "cancelled" };
  if (result.is_error || result.subtype !== "success") return { ok: false, error: failureOf(result) };
  if (result.stop_reason === "max_tokens") return { ok: true, stop_reason: "max_tokens" };
  return { ok: true, stop_reason: result.stop_reason === "refusal" ? "refusal" : "end_turn" };
}

/** Its own words, without what is meant for its makers. */
function wordsOf({ subtype, result = "", errors = [] }: ResultMessage): string {
  const said = errors.filter((error) => !error.startsWith("[ede_diagnostic]")).join(" ");
  return clipText(safeText(subtype === "success" ? result : said || result).trim(), MAX_MESSAGE);
}

function failureOf(result: ResultMessage): TurnError {
  const message = wordsOf(result) || `Claude Code reported a failure (${result.subtype}).`;
  const status = result.api_error_status ?? undefined;
  if (status === 401 || status === 403 || SIGN_IN.test(message)) return { kind: "auth", message, remedy: REMEDY };
  if (status === 429) return { kind: "rate_limit", message };
  if (result.subtype.startsWith("error_max_")) return { kind: "limit", message };
  return { kind: result.terminal_reason === "api_error" || status !== undefined ? "http" : "protocol", message };
}

/** The process has ended by itself; `said`: the last it wrote to stderr. */
export function exitError(exit: ProcessExit, said: readonly string[]): TurnError {
  const how = exit.signal === undefined ? `exit code ${exit.code ?? "unknown"}` : exit.signal;
  const words = clipText(safeText(said.join("\n")).trim(), MAX_MESSAGE);
  const isAuth = SIGN_IN.test(words);
  return {
    kind: isAuth ? "auth" : "exit",
    message: `Claude Code's process ended (${how})${words === "" ? "." : `: ${words}`}`,
    exit_code: exit.code,
    signal: exit.signal,
    ...(isAuth ? { remedy: REMEDY } : {}),
  };
}
