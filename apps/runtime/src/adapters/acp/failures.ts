/** What an ACP agent's errors mean: codes of the protocol, HTTP statuses told as codes, and what some agents add. Pure. */
import type { TurnError } from "@fairlead/protocol";
import { RpcError } from "../../process/json-rpc.ts";
import { clipText, safeText } from "../../process/text.ts";
import { isRecord } from "./content.ts";
import { ACP_AUTH_REQUIRED, ACP_INVALID_PARAMS, ACP_NOT_FOUND } from "./wire.ts";

const MAX_MESSAGE_CHARS = 4_000;
/** Words that agents put into the data of an error. */
const KINDS: Readonly<Record<string, number>> = {
  rate_limit: 429,
  overloaded: 429,
  usage_limit_exceeded: 429,
  usageLimitExceeded: 429,
  authentication_failed: 401,
  unauthorized: 401,
  model_not_found: 404,
  modelNotFound: 404,
  server_error: 500,
  internalServerError: 500,
};
const STATUS_KEYS = ["httpStatusCode", "http_status_code", "statusCode", "status", "code"];
/** Where a sentence names a status, e.g. "API Error: 429", "rejected (429)", "last status: 401". */
const STATUS_IN_TEXT = /\b(?:status(?: code)?|error|http|rejected|code)\b[\s:("]{0,3}([45]\d\d)\b/i;

type SignIn = NonNullable<TurnError["remedy"]>;

/** An error of a request to the agent as the error of a turn. `signIn`: what to do when the agent is not signed in. */
export function failureOf(error: unknown, signIn: SignIn): TurnError {
  if (!(error instanceof RpcError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: /did not answer/.test(message) ? "timeout" : "protocol", message: shorten(message) };
  }
  const status = error.code === ACP_AUTH_REQUIRED ? 401 : statusOf(error);
  const words = wordsOf(error);
  return { ...failureFor(status, words, signIn) };
}

/** A failure that was only told in words. */
export function failureInWords(words: string, signIn: SignIn): TurnError {
  return failureFor(statusIn(words), words, signIn);
}

function failureFor(status: number | undefined, words: string, signIn: SignIn): TurnError {
  const said = words === "" ? "" : `: ${words}`;
  if (status === 401 || status === 403) return { kind: "auth", message: shorten(`The agent is not signed in${said}`), remedy: signIn };
  if (status === 429) return { kind: "rate_limit", message: shorten(`The agent has reached a limit of its model's provider${said}`) };
  return { kind: status === undefined ? "protocol" : "http", message: shorten(`The agent reported a failure${said}`) };
}

function shorten(text: string): string {
  return clipText(safeText(text), MAX_MESSAGE_CHARS);
}

/** The agent's own words; "Internal error" alone says nothing, so the details stand with it. */
export function wordsOf(error: RpcError): string {
  const { data } = error;
  const details = typeof data === "string" ? data : isRecord(data) && typeof data.details === "string" ? data.details : "";
  const message = error.message.replace(/^Internal error:\s*/, "");
  return details === "" || message.includes(details) ? message : `${message}: ${details}`;
}

function statusOf(error: RpcError): number | undefined {
  if (isStatus(error.code)) return error.code;
  return statusInData(error.data, 0) ?? statusIn(wordsOf(error));
}

function statusInData(data: unknown, depth: number): number | undefined {
  if (typeof data === "string") return Object.hasOwn(KINDS, data) ? KINDS[data] : undefined;
  if (!isRecord(data) || depth > 3) return undefined;
  for (const key of STATUS_KEYS) if (isStatus(data[key])) return data[key];
  for (const value of Object.values(data).slice(0, 20)) {
    const found = statusInData(value, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isStatus(value: unknown): value is number {
  return typeof value === "number" && value >= 400 && value <= 599;
}

function statusIn(words: string): number | undefined {
  const found = STATUS_IN_TEXT.exec(words)?.[1];
  return found === undefined ? undefined : Number(found);
}

/**
 * What a refused resume means: `unknown`: the agent does not know the conversation; `busy`: another process has it open; `failed`: something
 * else, after which it may still be there.
 */
export function whyNotResumed(error: unknown): "unknown" | "busy" | "failed" {
  if (!(error instanceof RpcError)) return "failed";
  const words = `${wordsOf(error)} ${JSON.stringify(error.data ?? "")}`;
  if (/active.?writer|in use|locked|busy/i.test(words)) return "busy";
  if (error.code === ACP_AUTH_REQUIRED || isStatus(statusInData(error.data, 0)) || isStatus(error.code)) return "failed";
  if (error.code === ACP_INVALID_PARAMS || error.code === ACP_NOT_FOUND) return "unknown";
  const isGone = /not found|no rollout|unknown session|invalid session|no such|does ?n[o']t exist|no previous/i.test(words);
  // A bare "Internal error" is how some say it.
  return isGone || /^internal error\W*$/i.test(error.message.trim()) ? "unknown" : "failed";
}
