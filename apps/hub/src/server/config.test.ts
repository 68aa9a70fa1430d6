/** What a hub refuses to start with, and what it tells the person who has to change it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { isLoopback, loadSettings, parseAddress, parseFlags } from "./config.ts";

const folder = mkdtempSync(join(tmpdir(), "fairlead-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SECRET = "5f0c1de0b8a94c1eb7d7a1c3e0f2946d";
const DEMO = {
  auth: {
    jwt_secret: "local-dev-secret-for-testing-only-32chars!",
    runtime_tokens: [{ runtime_id: "local-dev", token: "dev-token-12345" }],
    initial_admin: { username: "admin", password: "admin" },
  },
};

function load(content: unknown, env: Record<string, string> = {}) {
  const file = join(folder, "hub.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return loadSettings({ action: "run", file, dev: false }, env as NodeJS.ProcessEnv);
}

describe("flags", () => {
  it.each([
    [["-config", "a.json"]],
    [["--config", "a.json"]],
    [["-c", "a.json"]],
    [["--config=a.json"]],
    [["-config=a.json"]],
    [["a.json"]],
  ])("%j names the file", (args) => expect(parseFlags(args)).toEqual({ action: "run", file: "a.json", dev: false }));

  it("knows --dev, --help and --version", () => {
    expect(parseFlags(["a.json", "--dev"])).toMatchObject({ dev: true });
    expect(parseFlags(["--help"])).toEqual({ action: "help" });
    expect(parseFlags(["--version"])).toEqual({ action: "version" });
  });

  it.each([[[]], [["-config"]], [["a.json", "b.json"]], [["--confg", "a.json"]]])("refuses %j", (args) => {
    expect(() => parseFlags(args)).toThrow();
  });
});

describe("the file", () => {
  it("may leave out all but the secret, and is frozen", () => {
    const { config, warnings } = load({ auth: { jwt_secret: SECRET } });
    expect(config.server.addr).toBe("127.0.0.1:8080");
    expect(config.session.max_per_user).toBe(20);
    expect(warnings).toEqual([]);
    expect(Object.isFrozen(config.auth.runtime_tokens)).toBe(true);
  });

  it("gets its faults named", () => {
    expect(() => loadSettings({ action: "run", file: join(folder, "none.json"), dev: false }, {} as NodeJS.ProcessEnv)).toThrow(
      /cannot read/,
    );
    expect(() => load("{")).toThrow(/is not JSON/);
    expect(() => load({})).toThrow(/auth/);
    expect(() => load({ auth: { jwt_secret: "short" } })).toThrow(/at least 32 characters/);
    expect(() => load({ auth: { jwt_secret: SECRET, jwt_expirey: "1h" } })).toThrow(/did you mean "jwt_expiry"/);
    expect(() => load({ auth: { jwt_secret: SECRET }, session: { turn_based: false } })).toThrow(/turn_based/);
    expect(() => load({ auth: { jwt_secret: SECRET }, server: { addr: "somewhere" } })).toThrow(/server.addr/);
  });

  it("must name the driver that its database address is for", () => {
    const address = "postgres://fairlead@127.0.0.1/fairlead";
    const withStorage = (storage: object) => load({ auth: { jwt_secret: SECRET }, storage });
    expect(() => withStorage({ dsn: address })).toThrow(/storage.driver must be "postgres"/);
    expect(() => withStorage({ driver: "postgres" })).toThrow(/must be an address/);
    expect(withStorage({ driver: "postgres", dsn: address }).config.storage.dsn).toBe(address);
  });

  it("yields to the environment, which may also fill what it leaves out", () => {
    const env = { FAIRLEAD_JWT_SECRET: SECRET, FAIRLEAD_DSN: "/tmp/other.db", FAIRLEAD_ADDR: "127.0.0.1:9999" };
    const { config } = load({ server: { addr: "127.0.0.1:1" } }, env);
    expect(config.auth.jwt_secret).toBe(SECRET);
    expect(config.storage.dsn).toBe("/tmp/other.db");
    expect(config.server.addr).toBe("127.0.0.1:9999");
  });

  it.each([
    [{ addr: "0.0.0.0:1" }, { PORT: "9000" }, "0.0.0.0:9000"],
    [{}, { PORT: "9000" }, "127.0.0.1:9000"],
    [{ addr: ":1" }, { PORT: "9000", FAIRLEAD_ADDR: "127.0.0.1:2" }, "127.0.0.1:2"],
    [{ addr: "[::1]:1" }, { PORT: "" }, "[::1]:1"],
  ])("listens at %o with %o on %s", (server, env, addr) => {
    expect(load({ auth: { jwt_secret: SECRET }, server }, env).config.server.addr).toBe(addr);
  });

  it("refuses a PORT that is none", () => {
    expect(() => load({ auth: { jwt_secret: SECRET } }, { PORT: "http" })).toThrow(/server.addr: "127.0.0.1:http"/);
  });
});

describe("safety", () => {
  it("allows the demo on this machine, with one warning that shows no secret", () => {
    for (const addr of ["127.0.0.1:8090", "localhost:8090", "[::1]:8090"]) {
      const { warnings } = load({ ...DEMO, server: { addr } });
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).not.toMatch(/dev-token|local-dev-secret/);
    }
  });

  it.each([[":8080"], ["0.0.0.0:8080"], ["192.168.1.5:8080"], ["[::]:8080"], ["hub.example.org:8080"]])(
    "refuses the demo at %s",
    (addr) => {
      expect(() => load({ ...DEMO, server: { addr } })).toThrow(/jwt_secret[\s\S]*initial_admin[\s\S]*local-dev/);
    },
  );

  it("refuses the demo when a proxy offers it to others", () => {
    expect(() => load({ ...DEMO, server: { addr: "127.0.0.1:8090", base_url: "https://agents.example.org" } })).toThrow(/base_url/);
  });

  const open = (auth: object) => load({ server: { addr: ":8080" }, auth: { jwt_secret: SECRET, ...auth } });

  it.each([["changeme-changeme-changeme-changeme"], ["x".repeat(40)], ["abcabcabcabcabcabcabcabcabcabcabcabc"]])(
    "refuses the secret %s",
    (jwt_secret) => {
      expect(() => open({ jwt_secret })).toThrow(/openssl rand/);
    },
  );

  it.each([
    ["admin", "admin"],
    ["root", "root"],
    ["operations", "operations"],
    ["root", "short"],
    ["root", "replace-me"],
    ["root", "password123"],
  ])("refuses %s with password %s", (username, password) => {
    expect(() => open({ initial_admin: { username, password } })).toThrow(/initial_admin/);
  });

  it.each([["dev-token"], ["dev-token-12345"], ["short"], ["aaaaaaaaaaaaaaaaaaaaaaaa"]])("refuses the runtime token %s", (token) => {
    expect(() => open({ runtime_tokens: [{ runtime_id: "one", token }] })).toThrow(/"one"/);
  });

  it("lets good credentials listen everywhere", () => {
    const auth = {
      initial_admin: { username: "admin", password: "correct horse battery" },
      runtime_tokens: [{ runtime_id: "one", token: "8f2b6c1d9e0a4f73" }],
    };
    expect(open(auth).warnings).toEqual([]);
  });
});

it("reads addresses", () => {
  expect(parseAddress(":8080")).toEqual({ host: undefined, port: 8080 });
  expect(parseAddress("[::1]:80")).toEqual({ host: "::1", port: 80 });
  expect(parseAddress("127.0.0.1:0")).toEqual({ host: "127.0.0.1", port: 0 });
  for (const bad of ["8080", "127.0.0.1", "::1:80", "a:99999", "a:b"]) expect(() => parseAddress(bad)).toThrow(/server.addr/);
  expect(["127.0.0.1", "127.9.9.9", "::1", "[::1]", "LOCALHOST"].every(isLoopback)).toBe(true);
  expect([undefined, "0.0.0.0", "::", "10.0.0.1", "localhost.example.org"].some(isLoopback)).toBe(false);
});
