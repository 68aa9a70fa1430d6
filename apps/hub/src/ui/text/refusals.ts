/** What the hub said no to, whichever door the answer came through. */
import { AppError, ERRORS, type ErrorCode, errorCodeSchema } from "@fairlead/protocol";

/** The refusal's code; undefined if the hub could not be reached or said nothing we know. */
export function codeOf(error: unknown): ErrorCode | undefined {
  if (error instanceof AppError) return error.code;
  const data = typeof error === "object" && error !== null && "data" in error ? error.data : undefined;
  const code = typeof data === "object" && data !== null && "error_code" in data ? data.error_code : undefined;
  const parsed = errorCodeSchema.safeParse(code);
  return parsed.success ? parsed.data : undefined;
}

/** Whether asking again may help without anybody doing something. */
export function mayRetry(error: unknown): boolean {
  const code = codeOf(error);
  return code === undefined || (ERRORS[code].retryable && code !== "LIMIT_EXCEEDED");
}

/** One sentence for a person. */
export function sayError(error: unknown): string {
  const code = codeOf(error);
  if (code === undefined || code === "UNAVAILABLE") return "The hub cannot be reached right now. Nothing was changed.";
  const message = error instanceof Error ? error.message : "The hub refused.";
  return message.charAt(0).toUpperCase() + message.slice(1);
}
