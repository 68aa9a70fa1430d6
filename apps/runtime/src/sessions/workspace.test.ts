/** Files of messages come to the machine whole, through an outage of the hub, and never from a refusal. */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createWorkspace } from "./workspace.ts";

const FILE = { file_id: "f-1", name: "a/b ?.png", mime_type: "image/png", size: 3 };

async function setUp(answer: RequestListener) {
  const data_dir = mkdtempSync(join(tmpdir(), "fairlead-workspace-"));
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    rmSync(data_dir, { recursive: true, force: true });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const worktrees = { ensure: () => Promise.reject(new Error("none")), release: async () => undefined };
  return { data_dir, workspace: createWorkspace({ data_dir, worktrees, hub_url: `http://127.0.0.1:${port}`, token: "secret" }) };
}

test("a file is fetched once, with the runtime's token, through errors of the hub", async () => {
  let asked = 0;
  const { data_dir, workspace } = await setUp((request, response) => {
    asked += 1;
    expect(request.headers.authorization).toBe("Bearer secret");
    expect(request.url).toBe("/api/runtime/files/f-1");
    if (asked === 1) response.writeHead(503).end();
    else response.end("abc");
  });
  const [first] = await workspace.fetch("s", [FILE], new AbortController().signal);
  expect(readFileSync(first?.path ?? "", "utf8")).toBe("abc");
  expect(first?.path.startsWith(join(data_dir, "attachments", "s", "f-1"))).toBe(true);
  expect(first?.path.endsWith("/a_b ?.png")).toBe(true);
  expect(await workspace.fetch("s", [FILE], new AbortController().signal)).toEqual([first]);
  expect(asked).toBe(2);
  await workspace.release("s");
  expect(() => readFileSync(first?.path ?? "")).toThrow(/ENOENT/);
});

test("a refusal is final, and so is a file that arrives with another size", async () => {
  const { workspace } = await setUp((request, response) => {
    if (request.url?.endsWith("f-1") === true) response.writeHead(404).end();
    else response.end("abcd");
  });
  await expect(workspace.fetch("s", [FILE], new AbortController().signal)).rejects.toThrow(/does not give out .* \(404\)/);
  await expect(workspace.fetch("s", [{ ...FILE, file_id: "f-2" }], new AbortController().signal)).rejects.toThrow(/4 of 3 bytes/);
});

test("a stop ends the wait for a hub that is away", async () => {
  const { workspace } = await setUp((_request, response) => void response.socket?.destroy());
  const stop = new AbortController();
  const fetched = workspace.fetch("s", [FILE], stop.signal);
  setTimeout(() => stop.abort(), 50);
  await expect(fetched).rejects.toThrow(/could not be fetched/);
});
