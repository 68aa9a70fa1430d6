/** pi's own words for what went wrong → the kind of error, and what a person can do about it. */
import type { TurnError } from "@fairlead/protocol";
import type { ProcessExit } from "../../process/spawn.ts";
import { clipText, safeText } from "../../process/text.ts";

const MAX_MESSAGE = 4_000;
const AUTH = /\b40[13]\b|authenticat|unauthori[sz]ed|forbidden|api.?key|no models? (?:available|selected)|credentials|\/login/i;
const RATE_LIMIT = /\b429\b|rate.?limit|too many requests|quota|usage limit|insufficient.?(?:credit|balance)/i;
const TIMEOUT = /timed? ?out/i;
const HTTP = /\b[45]\d\d\b|fetch failed|network|connection|socket|overloaded|terminated|stream|ended without/i;

/** An error that pi gave as text: an HTTP body of the model's provider, or a sentence. */
export function agentError(said: string): TurnError {
  const message = clipText(sentenceOf(safeText(said)), MAX_MESSAGE) || "pi reported a failure without a reason.";
  if (RATE_LIMIT.test(said)) return { kind: "rate_limit", message };
  if (AUTH.test(said)) {
    const text = "Log in to the model's provider on the agent's machine: start pi there and enter /login, or set the provider's API key.";
    return { kind: "auth", message, remedy: { text, command: "pi" } };
  }
  if (TIMEOUT.test(said)) return { kind: "timeout", message };
  return { kind: HTTP.test(said) ? "http" : "exit", message };
}

/** The process has ended by itself; `said`: the last it wrote to stderr. */
export function exitError(exit: ProcessExit, said: readonly string[]): TurnError {
  const how = exit.signal === undefined ? `exit code ${exit.code ?? "unknown"}` : exit.signal;
  const fate = { exit_code: exit.code, signal: exit.signal };
  const words = clipText(safeText(said.join("\n")).trim(), MAX_MESSAGE);
  if (words === "") return { kind: "exit", message: `pi's process ended (${how}).`, ...fate };
  const { kind, remedy } = agentError(words);
  return {
    kind: kind === "auth" ? "auth" : "exit",
    message: `pi's process ended (${how}): ${words}`,
    ...fate,
    ...(kind === "auth" && remedy !== undefined ? { remedy } : {}),
  };
}

/** Providers answer with JSON; the sentence in it says it better. */
function sentenceOf(said: string): string {
  const at = said.indexOf("{");
  if (at === -1) return said.trim();
  const status = said.slice(0, at).trim();
  const found = /"message"\s*:\s*"((?:[^"\\]|\\.)+)"/.exec(said.slice(at))?.[1];
  if (found === undefined) return said.trim();
  const words = found.replaceAll(/\\(["\\/])/g, "$1").replaceAll("\\n", " ");
  return status === "" ? words : `${status.replace(/:$/, "")}: ${words}`;
}
