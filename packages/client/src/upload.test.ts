/** Uploading over real HTTP: what the hub gets, what it may answer, and what a person is told. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { uploadFile } from "./upload.ts";

type Respond = (request: IncomingMessage, body: Buffer) => { readonly status: number; readonly body: string } | undefined;

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function hubThat(respond: Respond): Promise<string> {
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const answer = respond(request, Buffer.concat(pieces));
    if (answer !== undefined) response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const stored = { file_id: "f1", name: "a b.png", mime_type: "image/png", size: 3 };

it("sends the bytes as they are, with name and type", async () => {
  let seen: unknown;
  const url = await hubThat((request, body) => {
    const { method, url: path, headers } = request;
    seen = { method, path, type: headers["content-type"], token: headers.authorization, body: [...body] };
    return { status: 201, body: JSON.stringify(stored) };
  });
  const file = new Blob([new Uint8Array([1, 2, 255])], { type: "image/png" });
  await expect(uploadFile({ url, token: "secret", sessionId: "s/1", file, name: "a b.png" }).done).resolves.toEqual(stored);
  expect(seen).toEqual({
    method: "POST",
    path: "/api/sessions/s%2F1/files?name=a%20b.png",
    type: "image/png",
    token: "Bearer secret",
    body: [1, 2, 255],
  });
});

it("rejects with the hub's refusal, and tells an answer that is none", async () => {
  const answers = [
    { status: 413, body: JSON.stringify({ error: "a file may have 20 MB", code: "TOO_LARGE" }) },
    { status: 502, body: "<html>bad gateway</html>" },
    { status: 200, body: "{}" },
  ];
  const url = await hubThat(() => answers.shift());
  const upload = () => uploadFile({ url, token: undefined, sessionId: "s", file: new Blob(["x"]), name: "x" }).done;
  await expect(upload()).rejects.toMatchObject({ code: "TOO_LARGE", message: "a file may have 20 MB" });
  await expect(upload()).rejects.toMatchObject({ code: "UNAVAILABLE", message: "HTTP 502" });
  await expect(upload()).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("no attachment") });
});

it("can be given up, and says when the hub is away", async () => {
  const begun = new AbortController();
  const url = await hubThat(() => {
    begun.abort();
    return undefined;
  });
  const upload = uploadFile({ url, token: undefined, sessionId: "s", file: new Blob(["x"]), name: "x" });
  begun.signal.addEventListener("abort", upload.cancel);
  await expect(upload.done).rejects.toMatchObject({ code: "UNAVAILABLE", message: "the upload was given up" });
  const nowhere = uploadFile({ url: "http://127.0.0.1:1", token: undefined, sessionId: "s", file: new Blob(["x"]), name: "x" });
  await expect(nowhere.done).rejects.toMatchObject({ code: "UNAVAILABLE", message: "the hub cannot be reached" });
});
