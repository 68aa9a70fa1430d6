/** Fingers on a page, as the browser gets them from a touch screen; places are CSS pixels of the page. */
import type { Page } from "@playwright/test";

interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Fingers {
  /** Moves one finger in small steps and lifts it. */
  drag(from: Place, to: Place): Promise<void>;
  /** Moves two fingers around a place until they are `to` apart instead of `from`, and lifts them. */
  pinch(around: Place, from: number, to: number): Promise<void>;
}

/** Moves of which one gesture consists. */
const STEPS = 12;

export async function fingersOn(page: Page): Promise<Fingers> {
  const session = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", touchPoints: Place[]) =>
    session.send("Input.dispatchTouchEvent", { type, touchPoints });
  const between = (from: number, to: number, step: number) => from + ((to - from) * step) / STEPS;
  const gesture = async (at: (step: number) => Place[]) => {
    await touch("touchStart", at(0));
    for (let step = 1; step <= STEPS; step += 1) await touch("touchMove", at(step));
    await touch("touchEnd", []);
  };
  return {
    drag: (from, to) => gesture((step) => [{ x: between(from.x, to.x, step), y: between(from.y, to.y, step) }]),
    pinch: ({ x, y }, from, to) =>
      gesture((step) => {
        const half = between(from, to, step) / 2;
        return [
          { x, y: y - half },
          { x, y: y + half },
        ];
      }),
  };
}
