/** Refusals before the upgrade: a plain HTTP response with the same JSON body as every other door's. */
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type AppError, ERRORS } from "@fairlead/protocol";

/** How long a refused peer may take to read its answer (ms). */
const LINGER_MS = 2_000;

/** Writes `{error, code}` with the status of the code, and ends the connection. */
export function refuseUpgrade(stream: Duplex, refusal: AppError): void {
  const status = ERRORS[refusal.code].http;
  const body = JSON.stringify({ error: refusal.message, code: refusal.code });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Cache-Control: no-store",
    "Connection: close",
    ...(refusal.retryAfter === undefined ? [] : [`Retry-After: ${Math.ceil(refusal.retryAfter)}`]),
  ];
  const cut = setTimeout(() => stream.destroy(), LINGER_MS);
  stream.once("close", () => clearTimeout(cut));
  // What the peer still sends is thrown away, so that the close is an orderly one.
  stream.resume();
  stream.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => stream.destroy());
}
