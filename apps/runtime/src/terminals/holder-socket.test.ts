/** Where the sockets of those who keep terminals lie. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tmuxSocket, tmuxSockets } from "./holder-socket.ts";

test("a socket's path is never too long, and that of each session its own", () => {
  expect(tmuxSocket("/var/lib/fairlead", "s")).toBe("/var/lib/fairlead/tmux/s");
  const long = `/var/lib/${"x".repeat(200)}`;
  expect(Buffer.byteLength(tmuxSocket(long, "s"))).toBeLessThanOrEqual(103);
  expect(tmuxSocket(long, "s")).not.toBe(tmuxSocket(`${long}y`, "s"));
  expect(tmuxSocket(long, "s")).not.toBe(tmuxSocket(long, "t"));
});

test("only sockets that nobody else can have put there are found", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "fairlead-sockets-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const folder = join(dataDir, "tmux");
  expect(tmuxSockets(dataDir)).toEqual([]);
  writeFileSync(folder, "");
  expect(tmuxSockets(dataDir)).toEqual([]);
  rmSync(folder);
  mkdirSync(folder, { mode: 0o700 });
  const server = createServer().listen(join(folder, "s"));
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  writeFileSync(join(folder, "no-socket"), "");
  expect(tmuxSockets(dataDir)).toEqual([join(folder, "s")]);
  chmodSync(folder, 0o755);
  expect(tmuxSockets(dataDir)).toEqual([]);
});
