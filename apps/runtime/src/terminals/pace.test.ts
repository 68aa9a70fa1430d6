/** Who holds a program up, and for how long. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createPace, type Pace, type PacedViewer } from "./pace.ts";

const RING = 1024 * 1024;

let calls: string[];
let viewers: PacedViewer[];
let pace: Pace;

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  viewers = [];
  const pty = { pause: () => calls.push("pause"), resume: () => calls.push("resume") };
  pace = createPace({ pty, viewers: () => viewers, backlog: () => 0, ring: RING });
});
afterEach(() => {
  pace.stop();
  vi.useRealTimers();
});

/** One that is behind by nearly the whole ring. */
function addViewer(may_hold: boolean) {
  const facts = { drawn: 0, behind: RING - 1, undrawn: 0, isWaiting: false };
  const viewer: PacedViewer = {
    may_hold,
    drawn: () => facts.drawn,
    behind: () => facts.behind,
    undrawn: () => facts.undrawn,
    isWaiting: () => facts.isWaiting,
  };
  viewers.push(viewer);
  return { facts, viewer: { ...viewer, viewer_id: "v" } };
}

it("never waits for one who may only watch, present or gone", () => {
  const { viewer } = addViewer(false);
  pace.check();
  viewers = [];
  pace.left(viewer);
  expect(calls).toEqual([]);
});

it("waits as long as a viewer draws a quarter of the ring in two seconds", () => {
  const { facts } = addViewer(true);
  for (let second = 0; second < 20; second += 1) {
    pace.check();
    facts.drawn += RING / 8;
    vi.advanceTimersByTime(1_000);
  }
  expect(calls).toEqual(["pause"]);
});

it("leaves one behind that draws less, and waits for it again only when it has caught up", () => {
  const { facts } = addViewer(true);
  for (let second = 0; second < 20; second += 1) {
    pace.check();
    facts.drawn += RING / 16;
    vi.advanceTimersByTime(1_000);
  }
  expect(calls).toEqual(["pause", "resume"]);
  // Another screen was made for it, most of which it has not drawn: it falls behind again at once.
  Object.assign(facts, { behind: 0, undrawn: 256 * 1024 });
  pace.check();
  facts.behind = RING - 1;
  pace.check();
  expect(calls).toEqual(["pause", "resume"]);
  Object.assign(facts, { behind: 0, undrawn: 0 });
  pace.check();
  facts.behind = RING - 1;
  pace.check();
  expect(calls).toEqual(["pause", "resume", "pause"]);
});

it("does not count the time in which a viewer's screen is made", () => {
  const { facts } = addViewer(true);
  facts.isWaiting = true;
  pace.check();
  vi.advanceTimersByTime(1_900);
  pace.check();
  facts.isWaiting = false;
  vi.advanceTimersByTime(1_900);
  expect(calls).toEqual(["pause"]);
  vi.advanceTimersByTime(200);
  expect(calls).toEqual(["pause", "resume"]);
});
