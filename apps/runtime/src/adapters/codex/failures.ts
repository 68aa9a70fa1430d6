/** Codex's error codes → failed turns that say what kind of trouble it is and what a person can do. */
import type { TurnError } from "@fairlead/protocol";
import { z } from "zod";
import { clipText, safeText } from "../../process/text.ts";
import type { Failure } from "./wire.ts";

const MAX_MESSAGE_CHARS = 4_000;

/** Codes that come without a status of HTTP. */
const KINDS: Readonly<Record<string, TurnError["kind"]>> = {
  unauthorized: "auth",
  rateLimitExceeded: "rate_limit",
  usageLimitExceeded: "rate_limit",
  serverOverloaded: "rate_limit",
  flexUnavailable: "rate_limit",
  policyCapacityUnavailable: "rate_limit",
  contextWindowExceeded: "limit",
  sessionBudgetExceeded: "limit",
  tooManyDenials: "denied",
  cyberPolicy: "denied",
  misalignmentPolicyViolation: "denied",
  inferenceHookDenied: "denied",
  modelNotFound: "http",
  internalServerError: "http",
  badRequest: "http",
  httpConnectionFailed: "http",
  responseStreamConnectionFailed: "http",
  responseStreamDisconnected: "http",
  responseTooManyFailedAttempts: "http",
};

const detailsSchema = z.record(z.string(), z.looseObject({ httpStatusCode: z.number().nullish() }).nullish().catch(undefined));

/** How to sign in; `command` is the program as the config names it. */
export function authFailure(message: string, command: string): TurnError {
  return {
    kind: "auth",
    message,
    remedy: { text: "Sign in to Codex on the machine where the agent runs.", command: `${command} login` },
  };
}

function codeKind(code: string): TurnError["kind"] | undefined {
  return Object.hasOwn(KINDS, code) ? KINDS[code] : undefined;
}

function kindOf(info: unknown): TurnError["kind"] {
  if (typeof info === "string") return codeKind(info) ?? "internal";
  const details = detailsSchema.safeParse(info).data ?? {};
  for (const [code, value] of Object.entries(details)) {
    const status = value?.httpStatusCode;
    if (status === 401 || status === 403) return "auth";
    if (status === 429) return "rate_limit";
    const kind = codeKind(code);
    if (kind !== undefined) return kind;
  }
  return "internal";
}

/** One line of words for what went wrong. */
export function failureText(failure: Failure): string {
  const details = failure.additionalDetails ? ` (${failure.additionalDetails})` : "";
  return clipText(safeText(failure.message + details).trim(), MAX_MESSAGE_CHARS) || "Codex reported a failure without words.";
}

export function turnError(failure: Failure, command: string): TurnError {
  const kind = kindOf(failure.codexErrorInfo);
  const message = failureText(failure);
  return kind === "auth" ? authFailure(message, command) : { kind, message };
}
