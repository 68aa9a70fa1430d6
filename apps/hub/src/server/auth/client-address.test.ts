/** Where a request came from, with and without proxies that may be believed. */
import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { createLocate } from "./client-address.ts";
import { createOrigins } from "./origin.ts";

function request(peer: string, headers: Record<string, string>): IncomingMessage {
  return { socket: { remoteAddress: peer }, headers: { host: "hub.internal:8080", ...headers } } as unknown as IncomingMessage;
}

const forwarded = { "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https", "x-forwarded-host": "agents.example.org" };

describe("the caller's address", () => {
  it("is the peer's, whatever the headers say, unless the peer is a trusted proxy", () => {
    expect(createLocate([])(request("198.51.100.1", forwarded))).toEqual({ address: "198.51.100.1", origin: "http://hub.internal:8080" });
    expect(createLocate(["10.0.0.0/8"])(request("198.51.100.1", forwarded)).address).toBe("198.51.100.1");
  });

  it("is what the trusted proxies say, by address or range, over IPv4 and IPv6", () => {
    const expected = { address: "203.0.113.9", origin: "https://agents.example.org" };
    expect(createLocate(["10.0.0.0/8"])(request("10.1.2.3", forwarded))).toEqual(expected);
    expect(createLocate(["10.1.2.3"])(request("::ffff:10.1.2.3", forwarded))).toEqual(expected);
    expect(createLocate(["fd00::/8"])(request("fd00::5", forwarded))).toEqual(expected);
  });

  it("is the last hop that is not ours: what a caller puts before it is not believed", () => {
    const headers = { ...forwarded, "x-forwarded-for": "127.0.0.1, 6.6.6.6, 203.0.113.9, 10.0.0.2" };
    expect(createLocate(["10.0.0.0/8"])(request("10.1.2.3", headers)).address).toBe("203.0.113.9");
    expect(createLocate(["10.0.0.0/8"])(request("10.1.2.3", { ...forwarded, "x-forwarded-for": "not an address" })).address).toBe(
      "10.1.2.3",
    );
  });

  it("refuses a range that is none", () => {
    for (const entry of ["localhost", "10.0.0.0/33", "10.0.0.0/x", ""]) expect(() => createLocate([entry])).toThrow(/trusted_proxies/);
  });
});

describe("an own origin", () => {
  const origins = createOrigins({ locate: createLocate([]), baseUrl: undefined, allowed: [] });
  const isOwn = (origin: string) => origins.isOwn(request("198.51.100.1", { host: "hub.example.org", origin }));

  it("is the addressed host, also when a tunnel ended TLS without saying so", () => {
    expect(isOwn("http://hub.example.org")).toBe(true);
    expect(isOwn("https://hub.example.org")).toBe(true);
  });

  it("is no other host, port or scheme", () => {
    for (const origin of [
      "http://hub.example.org:81",
      "http://example.org",
      "http://hub.example.org.evil.example",
      "ftp://hub.example.org",
      "null",
      "",
    ]) {
      expect(isOwn(origin)).toBe(false);
    }
  });
});
