/** Answers and bodies of the HTTP doors: JSON out, errors in one shape, bodies in with a bound. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError, ERRORS } from "@fairlead/protocol";

/** The largest request body; a longer one is TOO_LARGE. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** What is read and thrown away of a body that is too large, so that its sender gets to see the answer. */
const MAX_DISCARDED_BYTES = 16 * MAX_BODY_BYTES;

/** Nothing in a JSON answer is ever a page. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    "content-security-policy": API_POLICY,
    "cache-control": "no-store",
  });
  response.end(response.req.method === "HEAD" ? undefined : text);
}

/** `{"error": "…", "code": "…"}` with the code's status, and `Retry-After` when waiting helps. */
export function sendError(response: ServerResponse, refusal: AppError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (refusal.retryAfter !== undefined) response.setHeader("retry-after", String(refusal.retryAfter));
  if (refusal.code === "UNAUTHENTICATED") response.setHeader("www-authenticate", "Bearer");
  sendJson(response, ERRORS[refusal.code].http, { error: refusal.message, code: refusal.code });
}

function tooLarge(): AppError {
  return new AppError("TOO_LARGE", `the request body is larger than ${MAX_BODY_BYTES} bytes`);
}

/** Reads a whole body. Throws TOO_LARGE. */
export async function readBody(request: IncomingMessage): Promise<string> {
  if (Number(request.headers["content-length"] ?? 0) > MAX_DISCARDED_BYTES) throw tooLarge();
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.byteLength;
    if (size <= MAX_BODY_BYTES) parts.push(part);
    else if (size > MAX_DISCARDED_BYTES) break;
    else parts.length = 0;
  }
  if (size > MAX_BODY_BYTES) throw tooLarge();
  return Buffer.concat(parts).toString("utf8");
}

/** Reads a body that must be a JSON object; an empty one counts as `{}`. Throws INVALID_INPUT or TOO_LARGE. */
export async function readJsonObject(request: IncomingMessage): Promise<object> {
  const text = await readBody(request);
  if (text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError("INVALID_INPUT", "the request body is not JSON", { cause });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new AppError("INVALID_INPUT", "the request body must be a JSON object");
}

/** Refuses a body that is handed on unread unless its length is stated and within the bound. */
export function checkStatedLength(request: IncomingMessage): void {
  if (request.headers["transfer-encoding"] !== undefined) throw new AppError("INVALID_INPUT", "send the body with a Content-Length");
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
}
