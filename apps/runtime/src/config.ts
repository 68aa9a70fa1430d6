/** The runtime's configuration: flags over environment over file over defaults. The only reader of `process.env`. */
import { readFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
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

/** What the command line says about the hub; wins over the environment and the file. */
export interface HubFlags {
  readonly url?: string;
  readonly runtime_id?: string;
  readonly token?: string;
}

/** Where the configuration comes from. Without a file there is one endpoint: a terminal with the user's login shell. */
export interface ConfigSource {
  readonly file?: string;
  readonly flags?: HubFlags;
}

export type Command = ({ readonly kind: "run" | "check" } & ConfigSource) | { readonly kind: "help" } | { readonly kind: "version" };

export const USAGE = `Usage: fairlead-runtime [run|check] [-config FILE] [--hq-url URL] [--runner-id ID] [--token TOKEN]

  run      connect to the hub and offer the endpoints of FILE (default)
  check    print the resolved configuration, and whether each endpoint can run here

  -config FILE, --config FILE, -c FILE, or just FILE
  --hq-url URL     the hub's address, e.g. wss://hub.example.org/ws/runtime (HQ_URL)
  --runner-id ID   this runtime's id; default without a file: the host's name (RUNNER_ID)
  --token TOKEN    its secret; others can see a command line, so rather set RUNNER_TOKEN or FAIRLEAD_HUB_TOKEN
  --version, --help

Flags win over the environment, and that over FILE. With the hub's address and a token but no FILE it offers a terminal.
`;

const HUB_FLAGS: Readonly<Record<string, keyof HubFlags>> = { "--hq-url": "url", "--runner-id": "runtime_id", "--token": "token" };

/** Reads the command line (without node and script). Throws INVALID_INPUT that says what is wrong. */
export function parseArguments(args: readonly string[]): Command {
  let kind: "run" | "check" | undefined;
  let file: string | undefined;
  const flags: Partial<Record<keyof HubFlags, string>> = {};
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (/^(?:--?help|-h)$/.test(word)) return { kind: "help" };
    if (/^(?:--?version|-v)$/.test(word)) return { kind: "version" };
    if ((word === "run" || word === "check") && kind === undefined && file === undefined) {
      kind = word;
      continue;
    }
    const [name = "", ...inline] = word.split("=");
    const flag = HUB_FLAGS[name];
    if (flag !== undefined) {
      flags[flag] = requireValue(name, inline.length > 0 ? inline.join("=") : rest.shift());
      continue;
    }
    const value = fileNamedBy(word, rest);
    if (file !== undefined) throw new AppError("INVALID_INPUT", `two config files are named: ${file} and ${value}`);
    file = value;
  }
  return { kind: kind ?? "run", ...(file === undefined ? {} : { file }), ...(Object.keys(flags).length === 0 ? {} : { flags }) };
}

/** The file that an argument names: as an option's value, taken from the words after it if need be, or as itself. */
function fileNamedBy(word: string, rest: string[]): string {
  const flag = /^(?:--?config|-c)(?:=(.*))?$/s.exec(word);
  if (flag === null && word.startsWith("-")) throw new AppError("INVALID_INPUT", `unknown option ${word}\n\n${USAGE}`);
  return requireValue(word, flag === null ? word : (flag[1] ?? rest.shift()));
}

function requireValue(option: string, value: string | undefined): string {
  if (value === undefined || value === "") throw new AppError("INVALID_INPUT", `${option} needs a value`);
  return value;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads and checks the configuration. Throws INVALID_INPUT with every fault on its own line. */
export function loadConfig({ file, flags = {} }: ConfigSource, env: Environment = process.env): LoadedConfig {
  const overrides = readOverrides(flags, env);
  if (file === undefined && overrides.url === undefined) throw new AppError("INVALID_INPUT", `no config file is named\n\n${USAGE}`);
  const text = file === undefined ? terminalOnly(overrides) : withOverrides(readConfigFile(file), overrides);
  const config = parseConfigText(runtimeConfigSchema, text, file ?? "the command line and the environment");
  const home = env.HOME === undefined || env.HOME === "" ? homedir() : env.HOME;
  const stateHome = env.XDG_STATE_HOME === undefined || env.XDG_STATE_HOME === "" ? join(home, ".local", "state") : env.XDG_STATE_HOME;
  const data_dir = resolve(config.runtime.data_dir ?? join(stateHome, "fairlead", config.runtime.id));
  return { config, data_dir, env, home };
}

/** Flags over environment; an empty variable counts as none. AgentRelay's runners dialled `/ws/runner`. */
function readOverrides(flags: HubFlags, env: Environment): HubFlags {
  const url = flags.url ?? (env.HQ_URL || undefined);
  const runtime_id = flags.runtime_id ?? (env.RUNNER_ID || undefined);
  const token = flags.token ?? (env.FAIRLEAD_HUB_TOKEN || env.RUNNER_TOKEN || undefined);
  return {
    ...(url === undefined ? {} : { url: url.replace(/\/ws\/runner\/?$/, "/ws/runtime") }),
    ...(runtime_id === undefined ? {} : { runtime_id }),
    ...(token === undefined ? {} : { token }),
  };
}

function terminalOnly({ url, token, runtime_id = hostname() }: HubFlags): string {
  const endpoints = [{ id: `terminal-${runtime_id}`, name: "Terminal", terminal: {} }];
  return JSON.stringify({ hub: { url, token }, runtime: { id: runtime_id }, endpoints });
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

/** Puts flags and environment into the file's text; text that is no such object is left for the parser to explain. */
function withOverrides(text: string, { url, runtime_id, token }: HubFlags): string {
  if (url === undefined && runtime_id === undefined && token === undefined) return text;
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return text;
    const { hub, runtime } = value;
    return JSON.stringify({
      ...value,
      hub: { ...(isRecord(hub) ? hub : {}), ...(url === undefined ? {} : { url }), ...(token === undefined ? {} : { token }) },
      ...(runtime_id === undefined ? {} : { runtime: { ...(isRecord(runtime) ? runtime : {}), id: runtime_id } }),
    });
  } catch {
    return text;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
