/** Makes an installed agent ready to be started: a home of its own, and an environment that leads nowhere but to the scripted model. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { claudeAgentAcp, codexAcp } from "./bridges.ts";
import { claude } from "./claude.ts";
import type { AgentCli, Place } from "./cli.ts";
import { codex } from "./codex.ts";
import { copilot } from "./copilot.ts";
import { gemini } from "./gemini.ts";
import { type Installed, install } from "./install.ts";
import { kilo, opencode } from "./opencode.ts";
import { pi } from "./pi.ts";
import { piAcp } from "./pi-acp.ts";
import { qwen } from "./qwen.ts";
import { type CliName, readVersions } from "./versions.ts";

export interface ReadyCli {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const CLIS: Readonly<Record<CliName, AgentCli>> = {
  claude,
  codex,
  pi,
  gemini,
  copilot,
  "claude-agent-acp": claudeAgentAcp,
  "codex-acp": codexAcp,
  qwen,
  opencode,
  kilo,
  "pi-acp": piAcp,
};

export function wantsExtras(): boolean {
  return process.env.FAIRLEAD_AGENT_EXTRAS === "1";
}

/** Installs an agent if need be. Never rejects. */
export async function installCli(name: CliName): Promise<Installed> {
  const pin = readVersions()[name];
  if (pin.extra && !wantsExtras()) return { skipped: `${pin.package} runs only with FAIRLEAD_AGENT_EXTRAS=1` };
  return install(pin, CLIS[name].program);
}

/** An empty home for one run of an agent, with a folder to work in. Whoever asks for it removes it. */
export function createHome(name: CliName): { readonly home: string; readonly work: string } {
  // Codex refuses some of its work where its home lies under the temporary folder, so all homes lie in the user's cache.
  const parent = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "fairlead", "bench");
  mkdirSync(parent, { recursive: true });
  const home = mkdtempSync(join(parent, `${name}-`));
  const work = join(home, "work");
  mkdirSync(work);
  return { home, work };
}

/** Writes an agent's files into its home and says how it is started. `folder` comes from `installCli`. */
export function prepareCli(name: CliName, folder: string, place: Place): ReadyCli {
  const cli = CLIS[name];
  for (const [path, content] of Object.entries(cli.files(place))) {
    const file = join(place.home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  const program = join(folder, cli.program);
  const isScript = program.endsWith(".js");
  return {
    command: isScript ? process.execPath : program,
    args: isScript ? [program, ...cli.args] : cli.args,
    env: { ...isolation(place), ...cli.environment(place, folder) },
  };
}

/** What every agent gets: its own home, and the scripted model as the proxy for anything else, which refuses and remembers it. */
function isolation({ home, modelUrl }: Place): Record<string, string> {
  return {
    HOME: home,
    XDG_CONFIG_HOME: join(home, ".config"),
    XDG_DATA_HOME: join(home, ".local/share"),
    XDG_STATE_HOME: join(home, ".local/state"),
    XDG_CACHE_HOME: join(home, ".cache"),
    HTTP_PROXY: modelUrl,
    HTTPS_PROXY: modelUrl,
    NO_PROXY: "127.0.0.1,localhost",
    TERM: "dumb",
  };
}
