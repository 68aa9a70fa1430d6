/** The closed list of refusals and the one table that says how each is told over HTTP and WebSocket. */
import { z } from "zod";

export const errorCodeSchema = z.enum([
  "INVALID_INPUT",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "NOT_FOUND",
  "METHOD_NOT_ALLOWED",
  "CONFLICT",
  "LIMIT_EXCEEDED",
  "TOO_LARGE",
  "UNSUPPORTED",
  "UNAVAILABLE",
  "INTERNAL",
]);
export type ErrorCode = z.infer<typeof errorCodeSchema>;

interface ErrorRow {
  /** HTTP status. */
  readonly http: number;
  /** The tRPC error key with the same meaning. */
  readonly trpc:
    | "BAD_REQUEST"
    | "UNAUTHORIZED"
    | "FORBIDDEN"
    | "NOT_FOUND"
    | "METHOD_NOT_SUPPORTED"
    | "CONFLICT"
    | "TOO_MANY_REQUESTS"
    | "PAYLOAD_TOO_LARGE"
    | "NOT_IMPLEMENTED"
    | "SERVICE_UNAVAILABLE"
    | "INTERNAL_SERVER_ERROR";
  /** Whether the same request may succeed later without being changed. */
  readonly retryable: boolean;
}

export const ERRORS: Readonly<Record<ErrorCode, ErrorRow>> = {
  INVALID_INPUT: { http: 400, trpc: "BAD_REQUEST", retryable: false },
  UNAUTHENTICATED: { http: 401, trpc: "UNAUTHORIZED", retryable: false },
  FORBIDDEN: { http: 403, trpc: "FORBIDDEN", retryable: false },
  NOT_FOUND: { http: 404, trpc: "NOT_FOUND", retryable: false },
  METHOD_NOT_ALLOWED: { http: 405, trpc: "METHOD_NOT_SUPPORTED", retryable: false },
  CONFLICT: { http: 409, trpc: "CONFLICT", retryable: false },
  LIMIT_EXCEEDED: { http: 429, trpc: "TOO_MANY_REQUESTS", retryable: true },
  TOO_LARGE: { http: 413, trpc: "PAYLOAD_TOO_LARGE", retryable: false },
  UNSUPPORTED: { http: 501, trpc: "NOT_IMPLEMENTED", retryable: false },
  UNAVAILABLE: { http: 503, trpc: "SERVICE_UNAVAILABLE", retryable: true },
  INTERNAL: { http: 500, trpc: "INTERNAL_SERVER_ERROR", retryable: true },
};

/** A refusal: the caller did something we will not do, and `message` tells a person what to do next. */
export class AppError extends Error {
  readonly code: ErrorCode;
  /** Seconds after which a retry makes sense (sent as Retry-After). */
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; retryAfter?: number } = {}) {
    super(message, { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.retryAfter = options.retryAfter;
  }
}

/** Says what is wrong with a value in one line: `content: Too small …; limit: Expected number`. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => (issue.path.length > 0 ? `${issue.path.join(".")}: ${issue.message}` : issue.message))
    .join("; ");
}

/** Parses a value or throws INVALID_INPUT that names the fields at fault. */
export function parseInput<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError("INVALID_INPUT", describeIssues(parsed.error), { cause: parsed.error });
}
