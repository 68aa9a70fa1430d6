/** The config files of hub and runtime: the promised keys and defaults, and faults that name the nearest key. */
import { describe, expect, it } from "vitest";
import { parseConfigText } from "./config-file.ts";
import { hubConfigSchema } from "./hub-config.ts";
import { runtimeConfigSchema } from "./runtime-config.ts";

const secret = "0123456789abcdef0123456789abcdef";
const hub = (value: unknown) => parseConfigText(hubConfigSchema, JSON.stringify(value), "hub.json");
const runtime = (value: unknown) => parseConfigText(runtimeConfigSchema, JSON.stringify(value), "runtime.json");
const minimal = { hub: { token: "t" }, runtime: { id: "r" }, endpoints: [{ id: "sh", cli: { command: "bash" } }] };
/** A copy of the smallest file whose endpoint has these further keys. */
const withEndpoint = (keys: object) => ({ ...minimal, endpoints: [{ id: "sh", cli: { command: "bash" }, ...keys }] });

describe("the hub's file", () => {
  it("needs a secret alone and has the promised defaults", () => {
    expect(hub({ auth: { jwt_secret: secret } })).toEqual({
      server: { addr: "127.0.0.1:8080", ui_static_dir: "", allowed_origins: [], trusted_proxies: [] },
      auth: { jwt_secret: secret, jwt_expiry: 86_400_000, runtime_tokens: [] },
      storage: {
        driver: "sqlite",
        dsn: "./data/fairlead.db",
        retention: 2_592_000_000,
        max_file_bytes: 20_000_000,
        max_recording_bytes: 200_000_000,
      },
      session: {
        max_per_user: 20,
        idle_timeout: 1_800_000,
        turn_based: true,
        replay_buffer: 100,
        message_expiry: 86_400_000,
        approval_expiry: 0,
      },
      logging: { level: "info", format: "json" },
    });
  });

  it("takes the file of an Amurg hub as it is", () => {
    const file = `{
      "server": { "addr": ":8080", "ui_static_dir": "/var/lib/amurg/ui" },
      "auth": { "jwt_secret": "change-me-to-a-random-secret-at-least-32-chars", "jwt_expiry": "24h",
        "runtime_tokens": [{ "runtime_id": "my-runtime", "token": "random-secret", "name": "My Runtime" }],
        "initial_admin": { "username": "admin", "password": "admin" } },
      "storage": { "driver": "sqlite", "dsn": "/var/lib/amurg/data/amurg.db", "retention": "720h" },
      "session": { "max_per_user": 20, "idle_timeout": "30m", "turn_based": true, "replay_buffer": 100 },
      "logging": { "level": "info", "format": "json" } }`;
    expect(parseConfigText(hubConfigSchema, file, "hub.json")).toMatchObject({
      server: { addr: ":8080" },
      auth: { jwt_expiry: 86_400_000, runtime_tokens: [{ runtime_id: "my-runtime" }] },
      session: { turn_based: true, replay_buffer: 100 },
    });
  });

  it.each([
    [{ auth: { jwt_secret: "short" } }, /auth\.jwt_secret: must have at least 32 characters/],
    [{ auth: { jwt_secret: secret }, sever: {} }, /sever: unknown key; did you mean "server"\?/],
    [{ auth: { jwt_secret: secret, jwt_expiri: "1h" } }, /auth\.jwt_expiri: unknown key; did you mean "jwt_expiry"\?/],
    [{ auth: { jwt_secret: secret, runtime_tokens: [{ runtime_id: "r", tokn: "x" }] } }, /auth\.runtime_tokens\.0\.tokn: .*"token"/],
    [{ auth: { jwt_secret: secret }, session: { idle_timeout: "soon" } }, /session\.idle_timeout: must be a duration/],
    [{ auth: { jwt_secret: secret }, storage: { driver: "mysql" } }, /storage\.driver/],
    [[], /the file/],
  ])("%j is refused with the path of the fault", (value, message) => {
    expect(() => hub(value)).toThrow(message);
  });

  it("lists every fault at once", () => {
    expect(() => hub({ auth: { jwt_secret: "x", nope: 1 }, logging: { level: "loud" } })).toThrow(/3 faults/);
  });

  it("that is not JSON is refused by name", () => {
    expect(() => parseConfigText(hubConfigSchema, "{", "hub.json")).toThrow(/hub\.json is not JSON/);
  });
});

describe("the runtime's file", () => {
  it("has the promised defaults", () => {
    const config = runtime(minimal);
    expect(config.hub).toMatchObject({ url: "ws://localhost:8090/ws/runtime", reconnect_interval: 2_000, max_reconnect_delay: 60_000 });
    expect(config.runtime).toMatchObject({
      max_sessions: 10,
      default_timeout: 1_800_000,
      max_output_bytes: 10_485_760,
      idle_timeout: 10_000,
      log_level: "info",
    });
    expect(config.endpoints[0]).toMatchObject({ id: "sh", name: "sh", profile: "generic-cli", config: { spawn_policy: "per-session" } });
  });

  it("takes the files of an Amurg runtime as they are", () => {
    const file = `{
      "hub": { "url": "ws://localhost:8090/ws/runtime", "token": "dev-token-12345", "tls_skip_verify": false,
        "reconnect_interval": "2s", "max_reconnect_delay": "60s" },
      "runtime": { "id": "local-dev", "max_sessions": 10, "default_timeout": "30m", "max_output_bytes": 10485760,
        "idle_timeout": "10s", "log_level": "debug" },
      "endpoints": [
        { "id": "bash-shell", "name": "Bash Shell", "profile": "generic-cli", "tags": {"env": "dev"},
          "cli": { "command": "bash", "args": ["--norc", "--noprofile", "-i"], "work_dir": "/home/user/project",
            "env": {"PS1": "$ ", "TERM": "dumb"}, "spawn_policy": "per-session" } },
        { "id": "python", "cli": { "command": "python3", "spawn_policy": "persistent" } },
        { "id": "go-test-job", "name": "Go Test Runner", "profile": "generic-job", "tags": {"env": "dev"},
          "job": { "command": "bash", "args": ["-c", "cd /home/user/project && go test -v ./..."], "max_runtime": "30s" } },
        { "id": "my-api", "name": "My API", "profile": "generic-http", "tags": {"env": "dev"},
          "http": { "base_url": "https://api.example.com/chat", "method": "POST", "headers": {"Authorization": "Bearer sk-xxx"},
            "timeout": "30s" } },
        { "id": "my-agent", "name": "My Custom Agent", "profile": "generic-external", "tags": {"env": "dev"},
          "external": { "command": "/usr/local/bin/my-adapter", "args": ["--mode", "production"], "work_dir": "/opt/agent",
            "env": {"AGENT_API_KEY": "sk-xxx"} } },
        { "id": "other-agent", "name": "Custom Agent", "profile": "external",
          "external": { "command": "/path/to/adapter", "args": ["--mode", "chat"], "work_dir": "/workspace" } }
      ] }`;
    const { endpoints } = parseConfigText(runtimeConfigSchema, file, "runtime.json");
    const profiles = ["generic-cli", "generic-cli", "generic-job", "generic-http", "generic-external", "generic-external"];
    expect(endpoints.map(({ profile }) => profile)).toEqual(profiles);
    expect(endpoints[2]?.config).toMatchObject({ max_runtime: 30_000 });
  });

  it.each([
    [{ cli: { command: "x" } }, "generic-cli"],
    [{ job: { command: "x" } }, "generic-job"],
    [{ http: { base_url: "http://localhost:1" } }, "generic-http"],
    [{ external: { command: "x" } }, "generic-external"],
    [{ profile: "external", external: { command: "x" } }, "generic-external"],
  ])("tells the profile of %j", (block, profile) => {
    expect(runtime({ ...minimal, endpoints: [{ id: "e", ...block }] }).endpoints[0]?.profile).toBe(profile);
  });

  it.each([
    [withEndpoint({ profile: "generic-job" }), /does not fit the block/],
    [withEndpoint({ job: { command: "x" } }), /exactly one of cli, job, http, external/],
    [{ ...minimal, endpoints: [{ id: "e" }] }, /exactly one of/],
    [{ ...minimal, endpoints: [] }, /endpoints/],
    [withEndpoint({ limits: { max_session: 1 } }), /endpoints\.0\.limits\.max_session: unknown key; did you mean "max_sessions"\?/],
    [{ ...minimal, endpoints: [...minimal.endpoints, ...minimal.endpoints] }, /"sh" is used twice/],
    [withEndpoint({ cli: { command: "bash", prompt_pattern: "(" } }), /not a valid regular expression/],
    [{ ...minimal, hub: { url: "http://x", token: "t" } }, /hub\.url/],
    [{ ...minimal, runtime: { id: "../up" } }, /runtime\.id/],
  ])("%j is refused", (value, message) => {
    expect(() => runtime(value)).toThrow(message);
  });
});
