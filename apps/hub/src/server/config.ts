/** Flags, environment and the config file → settings, checked for safety. The only reader of the environment in the hub. */
import { readFileSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import { AppError, DEFAULT_HUB_ADDR, type HubConfig, hubConfigSchema, parseConfigText } from "@fairlead/protocol";

export interface ListenAddress {
  /** Undefined: every interface. */
  readonly host: string | undefined;
  readonly port: number;
}

export interface Settings {
  readonly config: HubConfig;
  /** Pages are compiled as they are edited. */
  readonly dev: boolean;
  /** Things allowed on this machine only; each is worth one log line. */
  readonly warnings: readonly string[];
}

export type Flags =
  | { readonly action: "run"; readonly file: string; readonly dev: boolean }
  | { readonly action: "help" }
  | { readonly action: "version" };

export const USAGE = `Usage: fairlead-hub -config FILE [--dev]

  -config FILE, --config FILE, -c FILE, FILE   the config file (JSON)
  --dev                                        compile pages as they are edited
  --version, --help

Environment: FAIRLEAD_ADDR, FAIRLEAD_DSN and FAIRLEAD_JWT_SECRET win over the file; PORT over the port of its address.
`;

/** Reads the command line. Throws INVALID_INPUT that says what is wrong with it. */
export function parseFlags(args: readonly string[]): Flags {
  let file: string | undefined;
  let dev = false;
  const take = (value: string | undefined) => {
    if (value === undefined || value === "") throw new AppError("INVALID_INPUT", `-config needs a file name\n\n${USAGE}`);
    if (file !== undefined) throw new AppError("INVALID_INPUT", `two config files were named: ${file} and ${value}`);
    file = value;
  };
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    const assigned = /^--?(?:config|c)=(.*)$/.exec(arg);
    if (arg === "--help" || arg === "-h") return { action: "help" };
    if (arg === "--version") return { action: "version" };
    if (arg === "--dev") dev = true;
    else if (assigned !== null) take(assigned[1]);
    else if (["-config", "--config", "-c"].includes(arg)) {
      index += 1;
      take(args[index]);
    } else if (arg.startsWith("-")) throw new AppError("INVALID_INPUT", `unknown flag ${arg}\n\n${USAGE}`);
    else take(arg);
  }
  if (file === undefined) throw new AppError("INVALID_INPUT", `no config file was named\n\n${USAGE}`);
  return { action: "run", file, dev };
}

/** Reads and checks a config file. Throws INVALID_INPUT that lists every fault and says what to change. */
export function loadSettings(flags: Extract<Flags, { action: "run" }>, env: NodeJS.ProcessEnv = process.env): Settings {
  let text: string;
  try {
    text = readFileSync(flags.file, "utf8");
  } catch (cause) {
    throw new AppError("INVALID_INPUT", `cannot read ${flags.file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const config = parseConfigText(hubConfigSchema, withEnvironment(text, env), flags.file);
  if (!config.session.turn_based) {
    throw new AppError("INVALID_INPUT", `${flags.file}: session.turn_based: false is not supported; remove the key or set it to true`);
  }
  checkStorage(config.storage, flags.file);
  return { config: deepFreeze(config), dev: flags.dev, warnings: assertSafe(config) };
}

/** A Postgres address taken for a file name would silently start an empty hub. */
function checkStorage({ driver, dsn }: HubConfig["storage"], file: string): void {
  const isAddress = /^postgres(ql)?:/i.test(dsn);
  if (isAddress === (driver === "postgres")) return;
  const fault = isAddress
    ? 'storage.dsn is a Postgres address, so storage.driver must be "postgres"'
    : "storage.driver is postgres, so storage.dsn must be an address such as postgres://user@host/database";
  throw new AppError("INVALID_INPUT", `${file}: ${fault}`);
}

/** Puts what the environment says into the file's text; a file that is not JSON is left for the parser to refuse. */
function withEnvironment(text: string, env: NodeJS.ProcessEnv): string {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return text;
  }
  if (!isRecord(file)) return text;
  const overrides = [
    { section: "server", key: "addr", value: env.FAIRLEAD_ADDR || withPort(file.server, env.PORT) },
    { section: "storage", key: "dsn", value: env.FAIRLEAD_DSN },
    { section: "auth", key: "jwt_secret", value: env.FAIRLEAD_JWT_SECRET },
  ].filter(({ value }) => value !== undefined && value !== "");
  if (overrides.length === 0) return text;
  for (const { section, key, value } of overrides) {
    const block = file[section] ?? {};
    if (isRecord(block)) file[section] = { ...block, [key]: value };
  }
  return JSON.stringify(file);
}

/** The file's own address with another port: platforms that run containers choose it by `PORT`. */
function withPort(server: unknown, port: string | undefined): string | undefined {
  if (port === undefined || port === "") return undefined;
  const addr = isRecord(server) && typeof server.addr === "string" ? server.addr : DEFAULT_HUB_ADDR;
  return addr.replace(/:\d*$/, `:${port}`);
}

/** `host:port`, `[v6]:port` or `:port` → its parts. Throws INVALID_INPUT. */
export function parseAddress(addr: string): ListenAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(addr.trim());
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new AppError("INVALID_INPUT", `server.addr: "${addr}" is not an address such as 127.0.0.1:8080 or :8080`);
  }
  const host = match[1] ?? match[2] ?? "";
  return { host: host === "" ? undefined : host, port };
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Whether only this machine can reach a host. */
export function isLoopback(host: string | undefined): boolean {
  if (host === undefined) return false;
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  const version = isIP(bare);
  return version === 0 ? bare === "localhost" : loopback.check(bare, version === 6 ? "ipv6" : "ipv4");
}

/** Whether others than this machine can reach the hub, as far as its settings tell. */
export function isOpenToOthers({ server }: HubConfig): boolean {
  const { host } = parseAddress(server.addr);
  return !isLoopback(host) || (server.base_url !== undefined && !isLoopback(new URL(server.base_url).hostname));
}

/** Whether the config holds credentials that everybody knows or can guess. */
export function hasWeakCredentials(config: HubConfig): boolean {
  return weaknesses(config).length > 0;
}

/**
 * A hub that others can reach must not have credentials that everybody knows. Returns what is weak but allowed, because only
 * this machine can reach the hub; throws INVALID_INPUT saying what to change otherwise.
 */
export function assertSafe(config: HubConfig): readonly string[] {
  const weak = weaknesses(config);
  const { addr, base_url } = config.server;
  const isOpen = isOpenToOthers(config);
  if (weak.length === 0) return [];
  if (!isOpen) {
    return [`weak credentials, allowed because only this machine can reach ${addr}: ${weak.map(({ what }) => what).join("; ")}`];
  }
  const where = isLoopback(parseAddress(addr).host)
    ? `server.base_url (${base_url ?? ""}) offers it to others`
    : `server.addr (${addr}) is open to others`;
  const list = weak.map(({ what, advice }) => `\n  ${what}: ${advice}`).join("");
  throw new AppError(
    "INVALID_INPUT",
    `the hub does not start, because ${where} and:${list}\n  or listen on this machine only: "addr": "127.0.0.1:8080"`,
  );
}

const KNOWN_SECRETS = /^(local-dev-secret|changeme|change-me|replace-?me|secret|your-|example)/i;
const KNOWN_TOKENS = /^(dev-token|changeme|change-me|replace-?me|secret|your-|example)/i;
const KNOWN_PASSWORDS = /^(admin|password|12345678|changeme|change-me|replace-?me|secret|your-|example)/i;
const SHORTEST_TOKEN = 16;
const SHORTEST_PASSWORD = 8;
/** Random hex of 32 characters has about 14 different ones; fewer than this means a typed pattern. */
const FEWEST_DIFFERENT = 8;

/** Whether an admin's password is a known default or too short. */
export function isWeakPassword({ username, password }: { username: string; password: string }): boolean {
  return password === username || KNOWN_PASSWORDS.test(password) || password.length < SHORTEST_PASSWORD;
}

function weaknesses({ auth }: HubConfig): { what: string; advice: string }[] {
  const found: { what: string; advice: string }[] = [];
  const { initial_admin: admin } = auth;
  if (KNOWN_SECRETS.test(auth.jwt_secret) || new Set(auth.jwt_secret).size < FEWEST_DIFFERENT) {
    found.push({ what: "auth.jwt_secret is a known or guessable value", advice: "set it to the output of `openssl rand -hex 32`" });
  }
  if (admin !== undefined && isWeakPassword(admin)) {
    found.push({
      what: "auth.initial_admin.password is a default or too short",
      advice: `choose one with at least ${SHORTEST_PASSWORD} characters that is not the username`,
    });
  }
  for (const { runtime_id, token } of auth.runtime_tokens) {
    if (KNOWN_TOKENS.test(token) || token.length < SHORTEST_TOKEN || new Set(token).size < FEWEST_DIFFERENT) {
      found.push({
        what: `the runtime token of "${runtime_id}" is known or too short`,
        advice: "set it, here and in the runtime's file, to the output of `openssl rand -hex 24`",
      });
    }
  }
  return found;
}

/** Tells Next and next-auth, which read the environment themselves, how this hub runs. Call before importing Next. */
export function prepareWebEnvironment(options: { dev: boolean; baseUrl: string | undefined; builtConfig: string | undefined }): void {
  const mode: Record<string, string | undefined> = process.env;
  mode.NODE_ENV = options.dev ? "development" : "production";
  mode.NEXT_TELEMETRY_DISABLED = "1";
  // Next would compile next.config.ts at each start, with the compiler it otherwise needs for building only.
  if (options.builtConfig !== undefined) mode.__NEXT_PRIVATE_STANDALONE_CONFIG = options.builtConfig;
  // Without a fixed public address, next-auth takes the one in the forwarded headers; http.ts writes those itself.
  if (options.baseUrl === undefined) mode.AUTH_TRUST_HOST = "1";
  else mode.NEXTAUTH_URL = `${options.baseUrl.replace(/\/$/, "")}/api/auth`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
