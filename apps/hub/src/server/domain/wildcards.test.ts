/** Patterns: what they match, and that no pattern takes long. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesHost, matchesPath, matchesText, normalisedPath, patternOf, readHost, readPath, readText } from "./wildcards.ts";

describe("texts", () => {
  it("match as a regular expression of the same meaning does", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "*", "\\", "/", "\n"), maxLength: 8 });
    fc.assert(
      fc.property(text, text, (pattern, value) => {
        const source = [...pattern.matchAll(/\\[\\*]|[\s\S]/g)].map(([part]) => (part === "*" ? ".*" : escaped(part.at(-1) ?? "")));
        expect(matchesText(readText(pattern), value)).toBe(new RegExp(`^${source.join("")}$`, "s").test(value));
      }),
      { numRuns: 5_000 },
    );
  });

  it("match the pattern made of them, and no other text does", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "*", "\\", "b"), maxLength: 6 });
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(matchesText(readText(patternOf(one)), other)).toBe(one === other);
      }),
    );
  });

  it("are matched in no time whatever the pattern", () => {
    // One that tries every way would not end within a lifetime.
    const started = performance.now();
    expect(matchesText(readText("*a".repeat(400)), "a".repeat(4_095).concat("b"))).toBe(false);
    expect(matchesPath(readPath("/**/*a".repeat(100)), `${"/a".repeat(2_000)}/b`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

function escaped(character: string): string {
  return character.replace(/[\\*/]/, "\\$&");
}

describe("paths", () => {
  it.each([
    ["/src/*", "/src/a.ts", true],
    ["/src/*", "/src/a/b.ts", false],
    ["/src/**", "/src/a/b.ts", true],
    ["/src/**", "/src", true],
    ["/src/**", "/srcs/a", false],
    ["/**/*.md", "/a/b/c.md", true],
    ["/**/*.md", "/c.md", true],
    ["/src/**/test/*", "/src/test/a", true],
    ["/src/a**b", "/src/a/b", false],
    ["/**", "/", true],
    ["/etc/passwd", "/etc/passwd", true],
    ["/etc/passwd", "/etc/passwd2", false],
  ])("%s %s: %s", (pattern, path, expected) => {
    expect(matchesPath(readPath(pattern), path)).toBe(expected);
  });

  it.each([
    ["/a/b/../c", undefined, "/a/c"],
    ["/a/../../../etc/x", undefined, "/etc/x"],
    ["/a//b/./c/", undefined, "/a/b/c"],
    ["b/../../x", "/work/app", "/work/x"],
    [".", "/work", "/work"],
    ["", "/work", "/work"],
    ["x", undefined, undefined],
    ["x", "work", undefined],
  ])("%s in %s is %s", (path, folder, expected) => {
    expect(normalisedPath(path, folder)).toBe(expected);
  });
});

describe("hosts", () => {
  it.each([
    ["example.com", "EXAMPLE.com.", true],
    ["*.example.com", "a.b.Example.com", true],
    ["*.example.com", "example.com", false],
    ["*.example.com", "evilexample.com", false],
    ["example.com", "example.com.evil.org", false],
  ])("%s %s: %s", (pattern, host, expected) => {
    expect(matchesHost(readHost(pattern), host)).toBe(expected);
  });
});
