/** Questions of a program that are on their way while the terminal changes hands: each is answered once. */
import { beforeEach, expect, test } from "vitest";
import { type Answerer, createQuestions, type Questions } from "./questions.ts";

const ASKED_AT = 10;
const ANSWER = "\x1b[1;1R";
const typed = Buffer.from("\x1b[7;7R");

interface Drawing extends Answerer {
  draw(): void;
}

let viewers: Drawing[];
let answered: string[];
let questions: Questions;

beforeEach(() => {
  viewers = [];
  answered = [];
  questions = createQuestions({ viewers: () => viewers, answer: (text) => answered.push(text), told: () => ASKED_AT });
});

/** A viewer that has drawn nothing yet. */
function watch(viewer_id: string): Drawing {
  let fate: ReturnType<Answerer["fate"]> = "coming";
  const viewer: Drawing = {
    viewer_id,
    fate: () => fate,
    draw() {
      fate = "drawn";
      questions.moved(viewer);
    },
  };
  viewers.push(viewer);
  return viewer;
}

/** The first holds the terminal when the program asks; the second watches. */
function askFirst(): { first: Drawing; second: Drawing } {
  const [first, second] = [watch("first"), watch("second")];
  questions.holds(first, 0);
  return { first, second };
}

test("one that drew it before it took over did not answer, and the former holder cannot any more", () => {
  const { first, second } = askFirst();
  questions.asked(ASKED_AT, ANSWER);
  second.draw();
  expect(answered).toEqual([]);
  questions.holds(second, ASKED_AT);
  first.draw();
  expect(answered).toEqual([ANSWER]);
});

test("one that takes over and draws it then answers it", () => {
  const { first, second } = askFirst();
  questions.asked(ASKED_AT, ANSWER);
  questions.holds(second, ASKED_AT);
  first.draw();
  expect(questions.doubled("second", typed)).toBeUndefined();
  second.draw();
  expect(answered).toEqual([]);
});

test("what the former holder has answered the next one does not answer again", () => {
  const { first, second } = askFirst();
  questions.asked(ASKED_AT, ANSWER);
  first.draw();
  questions.holds(second, ASKED_AT);
  expect(questions.doubled("second", typed)).toEqual({ start: 0, end: typed.length });
  expect(answered).toEqual([]);
});

test("one that gives the hold back before it drew it is answered for", () => {
  const { first } = askFirst();
  questions.asked(ASKED_AT, ANSWER);
  questions.holds(undefined, ASKED_AT);
  first.draw();
  expect(answered).toEqual([ANSWER]);
});

test("a question that is found after the hold was given back is answered at once", () => {
  askFirst();
  questions.holds(undefined, ASKED_AT + 5);
  questions.asked(ASKED_AT, ANSWER);
  expect(answered).toEqual([ANSWER]);
});

test("of too many that nobody draws the oldest are answered", () => {
  askFirst();
  for (let count = 0; count < 70; count++) questions.asked(ASKED_AT, ANSWER);
  expect(answered).toHaveLength(6);
  questions.stop();
});
