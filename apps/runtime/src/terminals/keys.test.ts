/** Keys to a program that reads when it likes. */
import { expect, it } from "vitest";
import { createKeys } from "./keys.ts";

function slowProgram(without: (text: string) => { start: number; end: number } | undefined = () => undefined) {
  let given = "";
  let room = 0;
  const keys = createKeys({
    write(bytes) {
      const count = Math.min(room, bytes.length);
      room -= count;
      given += Buffer.from(bytes.subarray(0, count)).toString();
      return count;
    },
    onTaken: () => undefined,
    without: (_, bytes) => without(Buffer.from(bytes).toString()),
  });
  return {
    keys,
    given: () => given,
    read(count: number) {
      room = count;
      keys.drained();
    },
  };
}

it("a page that was reloaded while the program did not read goes on behind what it typed before", () => {
  const { keys, given, read } = slowProgram();
  keys.take("v", 0, Buffer.from("before "));
  read(3);
  // The reloaded page knows nothing but what it is told at attaching.
  keys.take("v", keys.taken("v"), Buffer.from("after"));
  read(100);
  expect(given()).toBe("before after");
});

it("what a view sends again because of a cut is given once", () => {
  const { keys, given, read } = slowProgram();
  keys.take("v", 0, Buffer.from("one "));
  keys.take("v", 0, Buffer.from("one two "));
  keys.take("v", 20, Buffer.from("out of reach"));
  read(100);
  expect(given()).toBe("one two ");
});

it("what is left out counts as taken, in its place among the others", () => {
  const { keys, given, read } = slowProgram((text) =>
    text.includes("!") ? { start: text.indexOf("!"), end: text.indexOf("!") + 1 } : undefined,
  );
  keys.take("v", 0, Buffer.from("a!b!"));
  keys.take("v", 0, Buffer.from("a!b!c"));
  for (const text of ["a", "ab", "abc"]) {
    read(1);
    expect(given()).toBe(text);
  }
  keys.take("v", 5, Buffer.from("!"));
  expect(keys.taken("v")).toBe(6);
});
