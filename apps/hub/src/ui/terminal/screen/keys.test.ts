/** Which keys the page keeps from the program. */
import { describe, expect, it } from "vitest";
import { actionOf } from "./keys.ts";
import { safePaste, withModifiers } from "./typing.ts";

function press(names: string, key: string, code = "", optionTypes = false) {
  const has = (name: string) => names.includes(name);
  return actionOf({ key, code, ctrlKey: has("C"), shiftKey: has("S"), altKey: has("A"), metaKey: has("M") }, optionTypes)?.kind;
}

describe("keys of the page", () => {
  it("are few, and none that programs use", () => {
    expect(press("CS", "C", "KeyC")).toBe("copy");
    expect(press("AS", "T", "KeyT")).toBe("new");
    expect(press("CS", "#", "Digit3")).toBe("tab");
    expect(press("C", "+", "Equal")).toBe("bigger");
    for (const [names, key, code] of [
      ["C", "c", "KeyC"],
      ["C", "k", "KeyK"],
      ["A", "f", "KeyF"],
      ["A", "3", "Digit3"],
      ["CA", "[", "Digit8"],
      ["AS", "C", "KeyC"],
      ["CS", "_", "Minus"],
      ["CSM", "C", "KeyC"],
      ["", "0", "Digit0"],
    ] as const) {
      expect(press(names, key, code), `${names} ${key}`).toBeUndefined();
    }
  });

  it("leave a Mac's Option to type characters", () => {
    expect(press("A", "[", "Digit5", true)).toBeUndefined();
    expect(press("AS", "Ś", "KeyS", true)).toBeUndefined();
    expect(press("CS", "S", "KeyS", true)).toBe("split-column");
  });
});

describe("modifiers of the key bar", () => {
  const ctrl = { ctrl: true, alt: false };
  it("change one key", () => {
    expect(withModifiers("c", ctrl)).toBe("\x03");
    expect(withModifiers("C", ctrl)).toBe("\x03");
    expect(withModifiers("[", ctrl)).toBe("\x1b");
    expect(withModifiers(" ", ctrl)).toBe("\0");
    expect(withModifiers("x", { ctrl: false, alt: true })).toBe("\x1bx");
    expect(withModifiers("\x1bOA", ctrl)).toBe("\x1b[1;5A");
  });
  it("leave words alone, and keys that have no such form", () => {
    expect(withModifiers("hello", ctrl)).toBe("hello");
    expect(withModifiers("é", ctrl)).toBe("é");
  });
});

describe("a paste", () => {
  it("cannot end itself and press keys", () => {
    expect(safePaste("a\x1b[201~rm -rf\n")).toBe("a␛[201~rm -rf\n");
  });
});
