/** What `docker compose up` starts with: files that both programs accept, and that no later start changes. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hubConfigSchema, runtimeConfigSchema } from "@fairlead/protocol";
import { afterEach, beforeEach, expect, it } from "vitest";
import { assertSafe } from "../apps/hub/src/server/config.ts";

let folder: string;
const setUp = () => execFileSync(process.execPath, [join(import.meta.dirname, "compose-setup.mjs"), folder]).toString();
const read = (name: string): string => readFileSync(join(folder, name), "utf8");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-compose-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("makes a hub that may be open to others, and a runtime that it knows", () => {
  setUp();
  const hub = hubConfigSchema.parse(JSON.parse(read("hub.json")));
  const runtime = runtimeConfigSchema.parse(JSON.parse(read("runtime.json")));
  expect(assertSafe(hub)).toEqual([]);
  expect(hub.auth.runtime_tokens).toMatchObject([{ runtime_id: runtime.runtime.id, token: runtime.hub.token }]);
  expect(hub.auth.initial_admin?.password).toBe(read("admin-password").trim());
  expect(runtime.endpoints).toMatchObject([{ profile: "terminal" }]);
});

it("changes nothing the second time, and never prints a secret", () => {
  const said = setUp();
  const before = [read("hub.json"), read("runtime.json"), read("admin-password")];
  expect(said + setUp()).not.toContain(read("admin-password").trim());
  expect([read("hub.json"), read("runtime.json"), read("admin-password")]).toEqual(before);
});
