/** Which keys are typed when the hold comes, and which wait for a word. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createTyping, type Typing } from "./terminal-typing.ts";

let typing: Typing;
let sent: string[];

const type = (text: string) => typing.write(new TextEncoder().encode(text));

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  typing = createTyping({
    patience: 60_000,
    send: (kind, position, payload) => kind === "input" && sent.push(`${position}:${new TextDecoder().decode(payload)}`),
    size: () => null,
  });
  typing.resume(0);
});
afterEach(() => {
  typing.stop();
  vi.useRealTimers();
});

it("types what waited, however long, where nobody took the terminal meanwhile", () => {
  type("make\n");
  vi.advanceTimersByTime(600_000);
  typing.grant(true, false);
  expect(sent).toEqual(["0:make\n"]);
});

it("types what was typed a moment before the view took over", () => {
  type("ls\n");
  vi.advanceTimersByTime(1_000);
  typing.grant(true, true);
  expect(sent).toEqual(["0:ls\n"]);
  expect(typing.aside).toBeNull();
});

it("sets aside what was typed long before, and types it on a word, behind what came since", () => {
  const since = Date.now();
  type("rm -r build\n");
  vi.advanceTimersByTime(10_000);
  typing.grant(false, true);
  typing.grant(true, true);
  expect(sent).toEqual([]);
  expect(typing).toMatchObject({ waiting: 0, aside: { bytes: 12, since } });
  type("pwd\n");
  typing.settle("type");
  expect(sent).toEqual(["0:pwd\n", "4:rm -r build\n"]);
  expect(typing.aside).toBeNull();
});

it("sets aside what was typed in a second absence too, and forgets neither", () => {
  for (const text of ["first\n", "second\n"]) {
    type(text);
    vi.advanceTimersByTime(10_000);
    typing.grant(true, true);
    typing.grant(false, false);
  }
  expect(typing.aside).toMatchObject({ bytes: 13 });
  typing.grant(true, true);
  typing.settle("type");
  expect(sent.join("")).toBe("0:first\n6:second\n");
});

it("keeps aside what there is no room for", () => {
  typing.write(new Uint8Array(60_000));
  vi.advanceTimersByTime(10_000);
  typing.grant(true, true);
  typing.grant(false, false);
  typing.write(new Uint8Array(60_000));
  typing.settle("type");
  expect(typing.aside).toMatchObject({ bytes: 60_000 });
});

it("forgets it on a word, and with its program", () => {
  for (const forget of [() => typing.settle("drop"), () => typing.drop()]) {
    type("rm -r build\n");
    vi.advanceTimersByTime(10_000);
    typing.grant(true, true);
    expect(typing.aside).not.toBeNull();
    forget();
    typing.settle("type");
    typing.grant(false, false);
  }
  expect(sent).toEqual([]);
});
