/** Patterns that are cheap and patterns that could look for ever. */
import { expect, it } from "vitest";
import { createPrompt } from "./prompt.ts";

it.each([
  ["\\$ $", "done\n$ "],
  ["(>>>|\\.\\.\\.) $", "1\n>>> "],
  ["[\\w-]+@[\\w-]+:.*[$#] ", "me@box:/tmp# "],
  ["\\(\\w+\\)(?: \\w+)*> ", "(main) a b> "],
])("finds %s", (pattern, text) => {
  const prompt = createPrompt(pattern);
  expect(prompt.isShown()).toBe(false);
  prompt.see("stdout", text);
  expect(prompt.isShown()).toBe(true);
  prompt.see("stdout", "more");
  expect(prompt.isShown()).toBe(false);
  prompt.forget();
  expect(prompt.isShown()).toBe(false);
});

it.each([["(a+)+b"], ["(a|a)*b"], ["(?:a?){40}a{40}b"], ["(a*)*b"], ["a*a*a*a*a*b"], ["(.)\\1*(a|aa)+b"]])(
  "gives up on %s, once",
  (pattern) => {
    let told = 0;
    const prompt = createPrompt(pattern, () => {
      told += 1;
    });
    for (let round = 0; round < 50; round += 1) {
      prompt.see("stdout", "a".repeat(1_000));
      expect(prompt.isShown()).toBe(false);
    }
    expect(told).toBe(1);
  },
);
