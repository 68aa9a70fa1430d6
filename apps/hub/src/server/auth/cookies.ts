/** The sign-in cookie: its names, reading it from a request, and the header that removes it. */
import type { IncomingMessage } from "node:http";

/** next-auth's names: the first over https, the second over http. */
const SESSION_COOKIES = ["__Secure-next-auth.session-token", "next-auth.session-token"] as const;

/** The values of all sign-in cookies that a request carries. */
export function sessionCookies(request: IncomingMessage): string[] {
  const jar = parseCookies(request.headers.cookie ?? "");
  return SESSION_COOKIES.flatMap((name) => jar.get(name) ?? []);
}

/** `Set-Cookie` values that remove the sign-in from a browser. */
export function clearedSessionCookies(): string[] {
  return SESSION_COOKIES.map(
    (name) => `${name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax${name.startsWith("__Secure-") ? "; Secure" : ""}`,
  );
}

function parseCookies(header: string): Map<string, string> {
  const jar = new Map<string, string>();
  for (const part of header.split(";")) {
    const at = part.indexOf("=");
    if (at > 0) jar.set(part.slice(0, at).trim(), part.slice(at + 1).trim());
  }
  return jar;
}
