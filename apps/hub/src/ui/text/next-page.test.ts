import { AppError } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { safeNext, signInAddress } from "./next-page.ts";
import { codeOf, mayRetry, sayError } from "./refusals.ts";

describe("the page after the sign-in", () => {
  it("is the page that asked for it", () => {
    expect(safeNext("/sessions/s1?x=1#y")).toBe("/sessions/s1?x=1#y");
    expect(signInAddress("/sessions/s1?x=1")).toBe("/login?next=%2Fsessions%2Fs1%3Fx%3D1");
    expect(signInAddress("/")).toBe("/login");
  });

  it("is never another site, and never the sign-in page again", () => {
    for (const next of [
      null,
      "",
      "https://evil.example",
      "//evil.example",
      "/\\evil.example",
      "/.//evil.example",
      "javascript:alert(1)",
      "/login?next=/",
    ]) {
      expect(safeNext(next)).toBe("/");
    }
  });
});

describe("refusals", () => {
  it("are read from both doors", () => {
    expect(codeOf(new AppError("CONFLICT", "closed"))).toBe("CONFLICT");
    expect(codeOf(Object.assign(new Error("x"), { data: { error_code: "NOT_FOUND" } }))).toBe("NOT_FOUND");
    expect(codeOf(new TypeError("Failed to fetch"))).toBeUndefined();
  });

  it("are asked again only if that may help", () => {
    expect(
      [new TypeError("net"), new AppError("UNAVAILABLE", ""), new AppError("NOT_FOUND", ""), new AppError("LIMIT_EXCEEDED", "")].map(
        mayRetry,
      ),
    ).toEqual([true, true, false, false]);
    expect(sayError(new AppError("CONFLICT", "the session is closed"))).toBe("The session is closed");
    expect(sayError(new TypeError("Failed to fetch"))).toMatch(/cannot be reached/);
  });
});
