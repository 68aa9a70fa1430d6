/** Where a Chromium may be. */
import { existsSync } from "node:fs";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The program file of a browser that is installed here: the one that CHROME_PATH names, else one at a usual place; or undefined. */
export function findBrowser() {
  return [process.env.CHROME_PATH, ...PLACES].find((path) => path !== undefined && path !== "" && existsSync(path));
}
