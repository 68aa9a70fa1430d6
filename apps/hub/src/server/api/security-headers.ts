/** Headers on every answer: what a page of ours may load and do, and who may frame it (nobody). */
import type { ServerResponse } from "node:http";

/**
 * Scripts and styles may be inline: Next writes each page's data as inline scripts, and allowing them by nonce would force
 * every page to be rendered per request. What this policy stops is what matters then: code, frames, forms and connections of
 * other origins. Markdown is rendered without raw HTML, so no text of an agent becomes a script.
 */
function pagePolicy(dev: boolean): string {
  return [
    "default-src 'self'",
    // Hot reload evaluates code; production never does. WebAssembly draws recordings and pictures in terminals; it evaluates no text.
    `script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'${dev ? " 'unsafe-eval'" : ""}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

const FIXED = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
};

export type SetSecurityHeaders = (response: ServerResponse) => void;

export function createSecurityHeaders(dev: boolean): SetSecurityHeaders {
  const headers = Object.entries({ ...FIXED, "content-security-policy": pagePolicy(dev) });
  return (response) => {
    for (const [name, value] of headers) response.setHeader(name, value);
  };
}
