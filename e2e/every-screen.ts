/** The same tests at the size of a phone and of a desk, light and dark. */
import { test } from "./fixtures.ts";

const DEVICES = [
  ["phone", { width: 360, height: 740 }],
  ["desk", { width: 1440, height: 900 }],
] as const;

export function onEveryScreen(declare: () => void): void {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [device, viewport] of DEVICES) {
      test.describe(`${device}, ${colorScheme}`, () => {
        test.use({ viewport, colorScheme, hasTouch: device === "phone" });
        declare();
      });
    }
  }
}
