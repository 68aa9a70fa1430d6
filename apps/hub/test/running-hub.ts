/** A real hub without pages on a free port, with its own database file; for tests of its doors. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type HubConfig, hubConfigSchema } from "@fairlead/protocol";
import { createHub, type HubOptions } from "../src/server/hub.ts";
import { createLog } from "../src/server/log.ts";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body; the text when it is not JSON. */
  readonly body: unknown;
}

export interface Call {
  readonly method?: string;
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RunningHub {
  readonly url: string;
  readonly config: HubConfig;
  /** Everything it logged, as JSON lines. */
  readonly lines: readonly string[];
  call(path: string, call?: Call): Promise<Answer>;
  /** Signs in and returns the Bearer token. */
  signIn(username?: string, password?: string): Promise<string>;
  close(): Promise<void>;
}

export const ADMIN = { username: "admin", password: "a good long password" };

export const RUNTIME = { runtime_id: "here", token: "the-token-of-the-runtime-here" };

export type TestHubOptions = Partial<HubOptions> & {
  readonly server?: Partial<HubConfig["server"]>;
  readonly auth?: Partial<HubConfig["auth"]>;
  readonly storage?: Partial<HubConfig["storage"]>;
  readonly folder?: string;
};

/** Starts one; `close` also removes its folder unless it was given. */
export async function startHub({ server, auth, storage, folder, ...options }: TestHubOptions = {}): Promise<RunningHub> {
  const directory = folder ?? mkdtempSync(join(tmpdir(), "fairlead-hub-"));
  const config = hubConfigSchema.parse({
    server: { addr: "127.0.0.1:0", ...server },
    auth: { jwt_secret: "0123456789abcdef0123456789abcdef", initial_admin: ADMIN, runtime_tokens: [RUNTIME], ...auth },
    storage: { dsn: join(directory, "hub.db"), ...storage },
    logging: { level: "debug" },
  });
  const lines: string[] = [];
  const log = createLog(config.logging, { write: (line) => void lines.push(line) });
  const hub = createHub(config, { root: ROOT, web: false, log, ...options });
  const { url } = await hub.listen();

  async function call(path: string, { method = "GET", body, token, headers = {} }: Call = {}): Promise<Answer> {
    const response = await fetch(url + path, {
      method,
      redirect: "manual",
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
    return { status: response.status, headers: response.headers, body: isJson && text !== "" ? (JSON.parse(text) as unknown) : text };
  }
  return {
    url,
    config,
    lines,
    call,
    signIn: async (username = ADMIN.username, password = ADMIN.password) => {
      const { body } = await call("/api/auth/login", { method: "POST", body: { username, password } });
      return (body as { token: string }).token;
    },
    close: async () => {
      await hub.close();
      if (folder === undefined) rmSync(directory, { recursive: true, force: true });
    },
  };
}
