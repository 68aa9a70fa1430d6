/** The runtime's configuration: flags over environment over file over defaults. The only reader of `process.env`. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { AppError, parseConfigText, type RuntimeConfig, runtimeConfigSchema } from "@fairlead/protocol";

export interface LoadedConfig {
  readonly config: RuntimeConfig;
  /** Where undelivered events are kept: absolute. */
  readonly data_dir: string;
  /** The environment of which agents get a part. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

export type Command =
  | { readonly kind: "run"; readonly file: string }
  | { readonly kind: "check"; readonly file: string }
  | { readonly kind: "help" }
  | { readonly kind: "version" };

export const USAGE = `Usage: fairlead-runtime [run|check] [-config FILE]

  run      connect to the hub and offer the endpoints of FILE (default)
  check    print the resolved configuration, and whether each endpoint can run here

  -config FILE, --config FILE, -c FILE, or just FILE
  --version, --help

FAIRLEAD_HUB_TOKEN in the environment replaces hub.token of the file.
`;

/** Reads the command line (without node and script). Throws INVALID_INPUT that says what is wrong. */
export function parseArguments(args: readonly string[]): Command {
  let kind: "run" | "check" | undefined;
  let file: string | undefined;
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (/^(?:--?help|-h)$/.test(word)) return { kind: "help" };
    if (/^(?:--?version|-v)$/.test(word)) return { kind: "version" };
    if ((word === "run" || word === "check") && kind === undefined && file === undefined) {
      kind = word;
      continue;
    }
    const value = fileNamedBy(word, rest);
    if (file !== undefined) throw new AppError("INVALID_INPUT", `two config files are named: ${file} and ${value}`);
    file = value;
  }
  if (file === undefined) throw new AppError("INVALID_INPUT", `no config file is named\n\n${USAGE}`);
  return { kind: kind ?? "run", file };
}

/** The file that an argument names: as an option's value, taken from the words after it if need be, or as itself. */
function fileNamedBy(word: string, rest: string[]): string {
  const flag = /^(?:--?config|-c)(?:=(.*))?$/s.exec(word);
  if (flag === null && word.startsWith("-")) throw new AppError("INVALID_INPUT", `unknown option ${word}\n\n${USAGE}`);
  const value = flag === null ? word : (flag[1] ?? rest.shift());
  if (value === undefined || value === "") throw new AppError("INVALID_INPUT", `${word} needs a file name`);
  return value;
}

/** Reads and checks the file. Throws INVALID_INPUT with every fault on its own line. */
export function loadConfig(file: string, env: Readonly<Record<string, string | undefined>> = process.env): LoadedConfig {
  const config = parseConfigText(runtimeConfigSchema, withToken(readConfigFile(file), env.FAIRLEAD_HUB_TOKEN), file);
  const home = env.HOME === undefined || env.HOME === "" ? homedir() : env.HOME;
  const stateHome = env.XDG_STATE_HOME === undefined || env.XDG_STATE_HOME === "" ? join(home, ".local", "state") : env.XDG_STATE_HOME;
  const data_dir = resolve(config.runtime.data_dir ?? join(stateHome, "fairlead", config.runtime.id));
  return { config, data_dir, env, home };
}

function readConfigFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new AppError("INVALID_INPUT", `cannot read the config file: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** Puts the token of the environment in; text that is no such object is left for the parser to explain. */
function withToken(text: string, token: string | undefined): string {
  if (token === undefined || token === "") return text;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return text;
    const hub = "hub" in value && typeof value.hub === "object" && value.hub !== null ? value.hub : {};
    return JSON.stringify({ ...value, hub: { ...hub, token } });
  } catch {
    return text;
  }
}

const HIDDEN = "[hidden]";

/** The configuration as it may be shown: without the token and without values of headers and environment variables. */
export function redactConfig({ config, data_dir }: LoadedConfig): unknown {
  return {
    hub: { ...config.hub, url: showAddress(config.hub.url), token: HIDDEN },
    runtime: { ...config.runtime, name: config.runtime.name ?? config.runtime.id, data_dir },
    endpoints: config.endpoints.map(({ config: block, ...common }) => ({ ...common, config: redactBlock(block) })),
  };
}

function redactBlock(block: RuntimeConfig["endpoints"][number]["config"]): unknown {
  if ("headers" in block) return { ...block, base_url: showAddress(block.base_url), headers: hideValues(block.headers) };
  return { ...block, env: hideValues(block.env) };
}

function hideValues(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(values).map((key) => [key, HIDDEN]));
}

/** The address without what may be secret in it: user, password and the values of its query. */
export function showAddress(address: string): string {
  const url = new URL(address);
  if (url.password === "" && url.username === "" && url.search === "") return address;
  url.username = "";
  url.password = "";
  for (const name of new Set(url.searchParams.keys())) url.searchParams.set(name, "hidden");
  return url.href;
}
