/** The browser that tests drive: one that this machine has, else the one that Playwright brings. */
import { existsSync } from "node:fs";
import { chromium, type LaunchOptions } from "@playwright/test";

const PLACES = [
  process.env.CHROME_PATH,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

export function launchOptions(): LaunchOptions {
  const executablePath = PLACES.find((path) => path !== undefined && path !== "" && existsSync(path));
  const asRoot = process.getuid?.() === 0;
  return {
    ...(executablePath === undefined ? {} : { executablePath }),
    args: [
      ...(asRoot ? ["--no-sandbox"] : []),
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  };
}

/** The path of the browser; undefined: this machine has none. */
export function findChromium(): string | undefined {
  const path = launchOptions().executablePath ?? chromium.executablePath();
  return existsSync(path) ? path : undefined;
}
