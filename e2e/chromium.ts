/** The browser that tests drive: one that this machine has, else the one that Playwright brings. */
import { existsSync } from "node:fs";
import { chromium, type LaunchOptions } from "@playwright/test";
import { findBrowser } from "../scripts/browser.mjs";

export function launchOptions(): LaunchOptions {
  const executablePath = findBrowser();
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
