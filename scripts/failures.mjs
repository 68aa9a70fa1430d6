/** Reads the reports of test runners for what failed, and tells it in few enough lines to stand at the end of a long output. */
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";

/** Lines of all failures together, of one failure's message, and characters of a line. */
const MOST_LINES = 60;
const MESSAGE_LINES = 2;
const LINE_CHARS = 300;

/** Failures of vitest's JSON report: of tests, and of files that could not be run. */
export function vitestFailures({ testResults }, root) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0) return status === "failed" ? [failure(file, message)] : [];
    return failed.map(({ ancestorTitles, title, failureMessages }) =>
      failure([file, ...ancestorTitles, title].join(" > "), failureMessages[0], root),
    );
  });
}

/** Failures of Playwright's JSON report: of tests, and of the run as a whole. */
export function playwrightFailures({ suites, errors = [] }, root) {
  const tests = suites.flatMap((suite) => failedSpecs(suite, []));
  return [
    ...tests.map(({ path, message }) => failure(path.join(" > "), message, root)),
    ...errors.map(({ message }) => failure("Browser tests", message, root)),
  ];
}

function failedSpecs({ title, specs = [], suites = [] }, above) {
  const path = [...above, title];
  const own = specs
    .filter(({ tests }) => tests.some(({ status }) => status === "unexpected" || status === "flaky"))
    .map((spec) => {
      const results = spec.tests.flatMap((test) => test.results);
      const { message, stack } = results.find(({ error }) => error !== undefined)?.error ?? {};
      return { path: [...path, spec.title], message: stack ?? message };
    });
  return [...own, ...suites.flatMap((suite) => failedSpecs(suite, path))];
}

/** A name, the first lines of what is said of it, and the first place of this repository that it names. */
export function failure(name, message = "", root = undefined) {
  const lines = linesOf(message);
  const isFrame = (line) => /^\s*at /.test(line);
  const said = lines.filter((line) => !isFrame(line)).slice(0, MESSAGE_LINES);
  const frame =
    root === undefined ? undefined : lines.find((line) => isFrame(line) && line.includes(root) && !line.includes("node_modules"));
  const place = frame === undefined ? [] : [`at ${frame.slice(frame.indexOf(root) + root.length).replace(/^\/|\)$/g, "")}`];
  return { name: clipped(name), lines: [...said, ...place].map(clipped) };
}

/** A step that failed, with the last lines of what it put out. */
export function stepFailure(name, output, most) {
  return { name: clipped(name), lines: linesOf(output).slice(-most).map(clipped) };
}

/** All failures as lines; when they are too many, names go before messages and the rest is counted. */
export function tellFailures(failures, most = MOST_LINES) {
  const whole = failures.flatMap(({ name, lines }) => [`✗ ${name}`, ...lines.map((line) => `    ${line}`)]);
  if (whole.length <= most) return whole;
  const names = failures.map(({ name, lines }) => (lines[0] === undefined ? `✗ ${name}` : `✗ ${name}: ${lines[0]}`)).map(clipped);
  return names.length <= most ? names : [...names.slice(0, most - 1), `… and ${names.length - most + 1} more`];
}

function linesOf(text) {
  return stripVTControlCharacters(text)
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== "");
}

function clipped(line) {
  const short = line.trim();
  return short.length <= LINE_CHARS ? short : `${short.slice(0, LINE_CHARS)}…`;
}
