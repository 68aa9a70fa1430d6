/** What a failed run says in its last lines. */
import { expect, it } from "vitest";

interface Failure {
  readonly name: string;
  readonly lines: readonly string[];
}

interface Failures {
  failure(name: string, message: string): Failure;
  playwrightFailures(report: object, root: string): Failure[];
  stepFailure(name: string, output: string, most: number): Failure;
  tellFailures(failures: readonly Failure[]): string[];
  vitestFailures(report: object, root: string): Failure[];
}

// Plain JavaScript, because it runs before anything is installed.
const SCRIPT = new URL("./failures.mjs", import.meta.url).href;
const { failure, playwrightFailures, stepFailure, tellFailures, vitestFailures }: Failures = await import(SCRIPT);
const ROOT = "/the/repository";

it("names each failed test of vitest with its first lines and its place, and a file that could not be run", () => {
  const report = {
    testResults: [
      {
        name: `${ROOT}/apps/hub/src/a.test.ts`,
        status: "failed",
        message: "",
        assertionResults: [
          { ancestorTitles: [], title: "passes", status: "passed", failureMessages: [] },
          {
            ancestorTitles: ["rules on sqlite"],
            title: "hold",
            status: "failed",
            failureMessages: [
              "\u001b[31mAssertionError: expected 1 to be 2\u001b[39m\n\nsecond\nthird\n    at run (file:///the/repository/node_modules/x.js:1:1)\n    at /the/repository/apps/hub/src/a.test.ts:3:7\n    at next",
            ],
          },
        ],
      },
      { name: `${ROOT}/apps/hub/src/b.test.ts`, status: "failed", message: "Cannot find module './c'", assertionResults: [] },
      { name: `${ROOT}/apps/hub/src/d.test.ts`, status: "passed", message: "", assertionResults: [] },
    ],
  };
  expect(tellFailures(vitestFailures(report, ROOT))).toEqual([
    "✗ apps/hub/src/a.test.ts > rules on sqlite > hold",
    "    AssertionError: expected 1 to be 2",
    "    second",
    "    at apps/hub/src/a.test.ts:3:7",
    "✗ apps/hub/src/b.test.ts",
    "    Cannot find module './c'",
  ]);
});

it("names each failed or flaky test of the browser, and what failed the run", () => {
  const test = (status: string, ...messages: string[]) => ({ status, results: messages.map((message) => ({ error: { message } })) });
  const report = {
    suites: [
      {
        title: "a.spec.ts",
        specs: [{ title: "works", tests: [test("expected")] }],
        suites: [
          {
            title: "on a phone",
            specs: [
              { title: "breaks", tests: [test("unexpected", "Error: not visible\n\nCall log:")] },
              { title: "comes and goes", tests: [test("flaky", "Error: late")] },
            ],
          },
        ],
      },
    ],
    errors: [{ message: "the server did not start" }],
  };
  expect(tellFailures(playwrightFailures(report, ROOT))).toEqual([
    "✗ a.spec.ts > on a phone > breaks",
    "    Error: not visible",
    "    Call log:",
    "✗ a.spec.ts > on a phone > comes and goes",
    "    Error: late",
    "✗ Browser tests",
    "    the server did not start",
  ]);
});

it("keeps the last lines of a step", () => {
  expect(tellFailures([stepFailure("Types", "one\ntwo\n\nthree\n", 2)])).toEqual(["✗ Types", "    two", "    three"]);
});

it("stays within its lines: names before messages, then a count", () => {
  const failures = Array.from({ length: 30 }, (_, index) => failure(`test ${index}`, "why\nmore"));
  expect(tellFailures(failures)).toEqual(Array.from({ length: 30 }, (_, index) => `✗ test ${index}: why`));
  const told = tellFailures([...failures, ...failures, ...failures]);
  expect(told).toHaveLength(60);
  expect(told.at(-1)).toBe("… and 31 more");
  expect(tellFailures([failure("x".repeat(5_000), "y".repeat(5_000))]).every((line) => line.length < 310)).toBe(true);
});
