/** Installing an agent, from a registry on this machine that has one small package. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { install } from "./install.ts";
import { CLI_NAMES, readVersions } from "./versions.ts";

const PROGRAM = "node_modules/@agents/small/run.js";
const pin = { package: "@agents/small", version: "1.0.0", extra: false, with: {} };

let dir: string;
let registry: Server;
let downloads = 0;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "fairlead-install-"));
  mkdirSync(join(dir, "package"));
  writeFileSync(join(dir, "package", "package.json"), JSON.stringify({ name: pin.package, version: pin.version }));
  writeFileSync(join(dir, "package", "run.js"), "");
  execFileSync("tar", ["-czf", "small.tgz", "package"], { cwd: dir });
  const tarball = readFileSync(join(dir, "small.tgz"));
  registry = createServer((request, response) => {
    if (request.url?.endsWith(".tgz")) {
      downloads += 1;
      return void response.end(tarball);
    }
    if (request.url !== "/@agents%2fsmall") return void response.writeHead(404).end("{}");
    const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    const version = { name: pin.package, version: pin.version, dist: { tarball: `${url()}small.tgz`, integrity } };
    response.end(JSON.stringify({ name: pin.package, "dist-tags": { latest: "1.0.0" }, versions: { "1.0.0": version } }));
  });
  await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("npm_config_registry", url());
  vi.stubEnv("npm_config_cache", join(dir, "npm"));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await new Promise((resolve) => registry.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});

const url = () => `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;

it("installs once, also when two ask at the same time, and leaves nothing else in the cache", async () => {
  const cache = join(dir, "cache");
  const folder = join(cache, "@agents+small@1.0.0");
  expect(await Promise.all([install(pin, PROGRAM, cache), install(pin, PROGRAM, cache)])).toEqual([{ folder }, { folder }]);
  expect(existsSync(join(folder, PROGRAM))).toBe(true);
  expect(readdirSync(cache)).toEqual(["@agents+small@1.0.0"]);
  const before = downloads;
  expect(await install(pin, PROGRAM, cache)).toEqual({ folder });
  expect(downloads).toBe(before);
});

it("says why an agent is skipped: no such version, no program for this machine", async () => {
  const cache = join(dir, "other");
  expect(await install({ ...pin, version: "2.0.0" }, PROGRAM, cache)).toEqual({ skipped: expect.stringContaining("2.0.0") });
  expect(await install(pin, "node_modules/@agents/small/run.exe", cache)).toEqual({
    skipped: "@agents/small@1.0.0 has no node_modules/@agents/small/run.exe on this machine",
  });
  expect(readdirSync(cache)).toEqual([]);
});

it("installs what an agent runs beside itself, also where only the agent is there", async () => {
  const cache = join(dir, "with");
  await install(pin, PROGRAM, cache);
  const both = { ...pin, with: { "@agents/other": "1.0.0" } };
  expect(await install(both, PROGRAM, cache)).toEqual({ skipped: expect.stringContaining("@agents/small@1.0.0") });
  const same = { ...pin, with: { [pin.package]: "1.0.0" } };
  const before = downloads;
  expect(await install(same, PROGRAM, cache)).toEqual({ folder: join(cache, "@agents+small@1.0.0") });
  expect(downloads).toBe(before);
});

it("replaces what is there by halves, and sweeps what a killed process left", async () => {
  const cache = join(dir, "halves");
  const folder = join(cache, "@agents+small@1.0.0");
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  // No process has an id this large.
  mkdirSync(join(cache, ".installing-4194999-x"));
  expect(await install(pin, PROGRAM, cache)).toEqual({ folder });
  expect(readdirSync(cache)).toEqual(["@agents+small@1.0.0"]);
});

it("has a pin for every agent", () => {
  expect(Object.keys(readVersions())).toEqual([...CLI_NAMES]);
});
