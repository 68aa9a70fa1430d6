/** Steps the commands share: run a program, install, build, find a browser. Node's own modules only: it runs before `npm ci`. */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findBrowser } from "./browser.mjs";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = [20, 19];

/** Environment of every step: no telemetry, and no download of an engine that `prisma generate` never runs. */
export const STEP_ENV = {
  ...process.env,
  NEXT_TELEMETRY_DISABLED: "1",
  TURBO_TELEMETRY_DISABLED: "1",
  DO_NOT_TRACK: "1",
  PRISMA_HIDE_UPDATE_MESSAGE: "1",
};

export function say(text) {
  process.stdout.write(`${text}\n`);
}

/** Runs a program to its end with our terminal; resolves with its exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, env: STEP_ENV, stdio: "inherit", ...options });
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? (signal === null ? 0 : 1)));
  });
}

/** What is kept of a program's output, in characters, and how long after its end the rest of it is waited for (ms). */
const KEPT_CHARS = 20_000;
const OUTPUT_GRACE_MS = 2_000;

/**
 * Runs a program to its end, shows what it puts out and keeps the last of it. Where a person watches it has our terminal to itself, and
 * nothing is kept.
 */
export async function runHeard(command, args, options = {}) {
  if (process.stdout.isTTY) return { code: await run(command, args, options), output: "" };
  let output = "";
  const child = spawn(command, args, { cwd: ROOT, env: STEP_ENV, stdio: ["inherit", "pipe", "pipe"], ...options });
  const show = (from, to) =>
    from.on("data", (chunk) => {
      output = (output + chunk).slice(-KEPT_CHARS);
      to.write(chunk);
    });
  show(child.stdout, process.stdout);
  show(child.stderr, process.stderr);
  const closed = once(child, "close");
  const [code, signal] = await once(child, "exit");
  // A process that outlives it may hold its output open.
  await Promise.race([closed, delay(OUTPUT_GRACE_MS, undefined, { ref: false })]);
  return { code: code ?? (signal === null ? 0 : 1), output };
}

/** Runs a program and fails the command when it fails. */
export async function must(what, command, args, options) {
  const code = await run(command, args, options);
  if (code !== 0) {
    say(`\n${what} failed (exit code ${code}).`);
    process.exit(1);
  }
}

/** The npm that runs us, so that a machine with several uses the same one. */
function npm(args) {
  const script = process.env.npm_execpath;
  return script?.endsWith(".js") ? [process.execPath, [script, ...args]] : ["npm", args];
}

export function bin(name) {
  return join(ROOT, "node_modules", ".bin", name);
}

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  say(`Fairlead needs Node ${OLDEST_NODE.join(".")} or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

/** Installs the locked dependencies unless they are there already for this lockfile and this Node. */
export async function ensureInstalled() {
  checkNode();
  const lock = join(ROOT, "package-lock.json");
  const modules = join(ROOT, "node_modules");
  const stampFile = join(modules, ".fairlead-installed");
  const stamp = createHash("sha256").update(readFileSync(lock)).update(process.versions.modules).digest("hex");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  const npmRecord = join(modules, ".package-lock.json");
  const installedByHand = !existsSync(stampFile) && existsSync(npmRecord) && statSync(npmRecord).mtimeMs >= statSync(lock).mtimeMs;
  if (!installedByHand) {
    say("Installing dependencies (once; about two minutes where the SQLite driver must be compiled) …");
    await must("Installing", ...npm(["ci", "--no-audit", "--no-fund", "--loglevel=error"]));
  }
  writeFileSync(stampFile, stamp);
}

/** Builds hub and runtime; what did not change since the last build is not built again. */
export const BUILD = [bin("turbo"), ["run", "build", "--output-logs=errors-only", "--no-update-notifier"]];

export async function ensureBuilt() {
  await must("Building", ...BUILD);
}

/** A Chromium for the browser tests: named by CHROME_PATH, at a usual place, or installed by apt when we are root. */
export async function ensureBrowser() {
  const found = findBrowser();
  if (found !== undefined) return found;
  const canInstall = process.getuid?.() === 0 && spawnSync("apt-get", ["--version"]).status === 0;
  if (canInstall) {
    say("Installing Chromium for the browser tests …");
    const env = { ...STEP_ENV, DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update", "-qq"], { env, stdio: "ignore" });
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], { env, stdio: "ignore" });
  }
  const installed = findBrowser();
  if (installed === undefined) say("No Chromium found: install Chromium or Google Chrome, or set CHROME_PATH to its program file.");
  return installed;
}
