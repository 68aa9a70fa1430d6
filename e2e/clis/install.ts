/** Installs a pinned agent into a cache outside the repository: once per version, whole or not at all. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Pin } from "./versions.ts";

export type Installed = { readonly folder: string } | { readonly skipped: string };

/** An agent's package has a third of a gigabyte; a slow line gets five minutes (ms). */
const LONGEST_INSTALL = 300_000;
const MOST_OUTPUT = 4_000;

/** Where agents are kept: FAIRLEAD_AGENT_CACHE, else the user's cache. */
export function agentCache(env: NodeJS.ProcessEnv = process.env): string {
  return env.FAIRLEAD_AGENT_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "fairlead", "agents");
}

/**
 * The folder of an installed package, installed now if it is not there. `program` is the file, relative to that folder,
 * without which it counts as not installed. Never rejects: what stands in the way is the reason to skip the agent.
 */
export async function install(pin: Pin, program: string, cache = agentCache()): Promise<Installed> {
  const folder = join(cache, `${pin.package.replace("/", "+")}@${pin.version}`);
  const files = [program, ...Object.keys(pin.with).map((name) => `node_modules/${name}/package.json`)];
  const missing = (where: string) => files.find((file) => !existsSync(join(where, file)));
  if (missing(folder) === undefined) return { folder };
  let temporary: string | undefined;
  try {
    mkdirSync(cache, { recursive: true });
    sweep(cache);
    temporary = mkdtempSync(join(cache, `.installing-${process.pid}-`));
    writeFileSync(join(temporary, "package.json"), JSON.stringify({ private: true }));
    const failure = await runNpm(pin, temporary);
    if (failure !== undefined) return { skipped: failure };
    const lacking = missing(temporary);
    if (lacking !== undefined) return { skipped: `${pin.package}@${pin.version} has no ${lacking} on this machine` };
    // Another that installed the same may have been first, and its copy may be running by now.
    if (missing(folder) === undefined) return { folder };
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
    return { folder };
  } catch (error) {
    if (missing(folder) === undefined) return { folder };
    return { skipped: `${pin.package}@${pin.version} could not be installed: ${String(error)}` };
  } finally {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  }
}

/** Resolves with what went wrong; undefined: nothing. */
function runNpm({ package: name, version, with: others }: Pin, cwd: string): Promise<string | undefined> {
  const script = process.env.npm_execpath;
  const [command, first] = script?.endsWith(".js") ? [process.execPath, [script]] : ["npm", []];
  const packages = Object.entries({ [name]: version, ...others }).map(([each, wanted]) => `${each}@${wanted}`);
  const args = [...first, "install", ...packages, "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...npmEnvironment(), NODE_ENV: "production" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: LONGEST_INSTALL,
    });
    let output = "";
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-MOST_OUTPUT);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", (error) => resolve(`npm did not start: ${error.message}`));
    child.once("close", (code) => resolve(code === 0 ? undefined : `npm install ${name}@${version} failed: ${firstLine(output)}`));
  });
}

/** Ours, without what an npm that runs us says of its own project. */
function npmEnvironment(): Record<string, string | undefined> {
  const ours = /^npm_(?:package|lifecycle|command|config_(?:local_prefix|global_prefix|prefix|workspace|ignore_scripts|omit))/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

function firstLine(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return (lines.find((line) => line.includes("ERR!") || line.includes("error")) ?? lines.at(-1) ?? "no output").trim();
}

/** Removes what a killed process was installing. */
function sweep(cache: string): void {
  for (const name of readdirSync(cache)) {
    const pid = Number(/^\.installing-(\d+)-/.exec(name)?.[1]);
    if (Number.isInteger(pid) && !isRunning(pid)) rmSync(join(cache, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
