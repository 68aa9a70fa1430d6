import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { httpConfigSchema } from "@fairlead/protocol";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHost, fakeAgent, record } from "../../../test/adapter-host.ts";
import { describeConformance } from "../conformance.ts";
import { genericHttp } from "./index.ts";

function config(base_url: string, extra: object = {}) {
  return httpConfigSchema.parse({ base_url, ...extra });
}

async function serveAgent(agent: string): Promise<string> {
  const server = spawn(process.execPath, [fakeAgent(agent)], {
    env: { ...process.env, FAKE_STYLE: "http" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void server.kill("SIGKILL"));
  const [port] = (await once(server.stdout, "data")) as [Buffer];
  return `http://127.0.0.1:${port.toString().trim()}/`;
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/talk?key=secret`;
}

/** A port that was just given back: nobody listens there. */
async function unusedAddress(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}/`;
}

describeConformance(genericHttp, {
  config: async (agent) => config(await serveAgent(agent)),
  missing: { config: config(await unusedAddress()), says: /refused the connection/ },
  crash: (result) =>
    expect(result).toMatchObject({ ok: false, error: { kind: "http", message: expect.stringContaining("broke the connection") } }),
  spawns: false,
  shared: false,
});

async function ask(address: string, extra: object = {}) {
  const endpoint = genericHttp.start(config(address, extra), createHost());
  const one = await record(endpoint);
  return { one, result: await one.run("hällo") };
}

describe("generic-http", () => {
  it("sends the message as plain text with the configured headers, and speaks as the answer", async () => {
    const address = await serve((request, response) => {
      request.on("data", (chunk) =>
        response.write(`${request.method} ${request.headers["content-type"]} ${request.headers["x-key"]} ${chunk}`),
      );
      request.on("end", () => response.end());
    });
    const { one, result } = await ask(address, { headers: { "X-Key": "k" } });
    expect(result).toEqual({ ok: true, stop_reason: "end_turn" });
    expect(one.text("answer")).toBe("POST text/plain; charset=utf-8 k hällo");
  });

  it("puts the message in the query of a GET", async () => {
    const address = await serve((request, response) => response.end(request.url));
    const { one } = await ask(address, { method: "GET" });
    expect(one.text()).toBe("/talk?key=secret&message=h%C3%A4llo");
  });

  it("fails with the status and the first 4 KB of the body, and keeps the query to itself", async () => {
    const address = await serve((_request, response) => response.writeHead(503).end(`busy ${"x".repeat(10_000)}`));
    const { result } = await ask(address);
    const message = result.ok ? "" : result.error.message;
    expect(message).toContain("503 Service Unavailable: busy x");
    expect(message.length).toBeLessThan(4_300);
    expect(message).not.toContain("secret");
  });

  it("does not follow redirects, so that headers reach nobody else", async () => {
    const address = await serve((_request, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end());
    const { result } = await ask(address);
    expect(result).toMatchObject({ ok: false, error: { kind: "http", message: expect.stringContaining("redirects are not followed") } });
  });

  it("fails after silence, before the answer and in the middle of it", async () => {
    const silent = await serve(() => undefined);
    expect((await ask(silent, { timeout: "100ms" })).result).toMatchObject({ ok: false, error: { kind: "timeout" } });
    const halting = await serve((_request, response) => void response.write("begun"));
    const { one, result } = await ask(halting, { timeout: "100ms" });
    expect(one.text()).toBe("begun");
    expect(result).toMatchObject({ ok: false, error: { kind: "timeout" } });
  });

  it("says that a host is unknown", async () => {
    expect((await ask("http://no-such-host.invalid/")).result).toMatchObject({ ok: false, error: { kind: "http" } });
  });
});
