/** The scripted model over HTTP: the same script in every dialect, streamed and whole, and everything that can be made to go wrong. */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../harness/until.ts";
import type { DialectName } from "./conversation.ts";
import { type ModelServer, startModelServer } from "./server.ts";

let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer();
});
afterAll(() => server.close());

const PARAMETERS = { type: "object", properties: { command: { type: "string" } }, required: ["command"] };

interface Client {
  path(stream: boolean): string;
  body(prompt: string, stream: boolean): object;
  /** The types or fields of a streamed answer that a client waits for, in order. */
  readonly ends: RegExp;
}

const CLIENTS: Readonly<Record<DialectName, Client>> = {
  "anthropic-messages": {
    path: () => "/v1/messages?beta=true",
    body: (content, stream) => ({
      model: "m",
      stream,
      max_tokens: 10,
      messages: [{ role: "user", content }],
      tools: [{ name: "Bash", input_schema: PARAMETERS }],
    }),
    ends: /"stop_reason":"(\w+)".*"type":"message_stop"/s,
  },
  "openai-responses": {
    path: () => "/v1/responses",
    body: (text, stream) => ({
      model: "m",
      stream,
      input: [{ type: "message", role: "user", content: [{ type: "input_text", text }] }],
      tools: [{ type: "namespace", name: "all", tools: [{ type: "function", name: "shell", parameters: PARAMETERS }] }],
    }),
    ends: /"type":"response.completed".*"total_tokens":162/s,
  },
  "openai-chat": {
    path: () => "/v1/chat/completions",
    body: (content, stream) => ({
      model: "m",
      stream,
      messages: [{ role: "user", content }],
      tools: [{ type: "function", function: { name: "bash", parameters: PARAMETERS } }],
    }),
    ends: /"finish_reason":"(\w+)".*"usage".*\[DONE\]/s,
  },
  gemini: {
    path: (stream) => `/v1beta/models/m:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    body: (text) => ({
      contents: [{ role: "user", parts: [{ text }] }],
      tools: [{ functionDeclarations: [{ name: "run_shell_command", parametersJsonSchema: PARAMETERS }] }],
    }),
    ends: /"finishReason":"STOP".*"usageMetadata"/s,
  },
};

function ask(dialect: DialectName, prompt: string, stream = true): Promise<Response> {
  const { path, body } = CLIENTS[dialect];
  return fetch(server.url + path(stream), { method: "POST", body: JSON.stringify(body(prompt, stream)) });
}

/** Every piece of text in an answer's frames, in order, whatever it is called. */
function textsIn(stream: string): string[] {
  const frames = stream.split("\n").flatMap((line) => (line.startsWith("data: {") ? [line.slice(6)] : []));
  const texts = frames.map((frame) => {
    const { type, delta, choices, candidates } = JSON.parse(frame) as Record<string, never>;
    const chat = (choices as { delta: { content?: string } }[] | undefined)?.[0]?.delta.content;
    const parts = (candidates as { content: { parts: { text?: string; thought?: boolean }[] } }[] | undefined)?.[0]?.content.parts[0];
    const anthropic = (delta as { type?: string; text?: string } | undefined)?.text;
    const response = type === "response.output_text.delta" ? String(delta) : undefined;
    return anthropic ?? response ?? chat ?? (parts?.thought ? "" : parts?.text) ?? "";
  });
  return texts.filter((text) => text !== "");
}

describe.each(Object.keys(CLIENTS) as DialectName[])("%s", (dialect) => {
  it("streams a text in pieces, and ends it", async () => {
    const response = await ask(dialect, "THINK:hm;;CHUNKS:4;;SAY:one two three");
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const stream = await response.text();
    expect(textsIn(stream)).toEqual(["one ", "two ", "thre", "e"]);
    expect(stream).toMatch(CLIENTS[dialect].ends);
    expect(server.requests.at(-1)).toMatchObject({ dialect, model: "m", stream: true, outcome: "answered" });
  });

  it("calls a tool, whose result it counts", async () => {
    const stream = await (await ask(dialect, "TOOL:bash:echo hello")).text();
    expect(stream).toMatch(/"(?:Bash|bash|shell|run_shell_command)"/);
    expect(stream).toMatch(CLIENTS[dialect].ends);
    const ids = [...stream.matchAll(/"(?:id|call_id)":"((?:toolu_|call[_-])\w+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(1);
  });

  it("answers whole where no stream is asked for", async () => {
    const text = await ask(dialect, "SAY:all at once;;TOOL:bash:ls", false);
    expect(text.headers.get("content-type")).toBe("application/json");
    const answer = JSON.stringify(await text.json());
    expect(answer).toContain("all at once");
    expect(answer).toMatch(/\bls\b/);
  });

  it("refuses as often as the script says", async () => {
    const prompt = `STATUS:429x2;;SAY:at last in ${dialect}`;
    const statuses = [await ask(dialect, prompt), await ask(dialect, prompt), await ask(dialect, prompt)].map((each) => each.status);
    expect(statuses).toEqual([429, 429, 200]);
    const refused = (await (await ask(dialect, `STATUS:401;;SAY:never in ${dialect}`)).json()) as object;
    expect(refused).toHaveProperty("error.message");
  });

  it("breaks down in the middle: with an error, and with a cut line", async () => {
    const failed = await (await ask(dialect, `SAY:half;;MIDERR:;;SAY: of ${dialect}`)).text();
    expect(failed).toContain("The script breaks down");
    expect(failed).not.toMatch(CLIENTS[dialect].ends);
    const cut = await ask(dialect, `SAY:half;;CUT:;;SAY: a line of ${dialect}`);
    await expect(cut.text()).rejects.toThrow();
    expect(server.requests.at(-1)?.outcome).toBe("failed");
  });

  it("waits where it is held, with what came before already told", async () => {
    const gate = `gate of ${dialect}`;
    const response = await ask(dialect, `CHUNKS:1;;SAY:before;;HOLD:${gate};;SAY: after`);
    const reader = response.body?.getReader();
    const decoder = new TextDecoder();
    let told = "";
    const more = async () => {
      const piece = await reader?.read();
      told += decoder.decode(piece?.value, { stream: true });
      return piece?.done === false;
    };
    await until("it has said what comes before", async () => (await more()) && textsIn(told).join("") === "before");
    await until("it is held", () => server.held(gate) === 1);
    server.release(gate);
    while (await more());
    expect(textsIn(told)).toEqual(["before", " after"]);
    expect(server.held(gate)).toBe(0);
  });
});

it("notices that a client went away", async () => {
  const leave = new AbortController();
  const body = JSON.stringify(CLIENTS.gemini.body("SAY:forever;;HANG:", true));
  await fetch(server.url + CLIENTS.gemini.path(true), { method: "POST", body, signal: leave.signal });
  const request = server.requests.at(-1);
  expect(request?.outcome).toBe("open");
  leave.abort();
  await until("it is left", () => request?.outcome === "left");
});

it("refuses a model that does not exist, a script that is wrong and a path that is none", async () => {
  const unknown = { ...CLIENTS["anthropic-messages"].body("hello", true), model: "no-such-model" };
  const post = (path: string, body: object) => fetch(server.url + path, { method: "POST", body: JSON.stringify(body) });
  expect((await post("/v1/messages", unknown)).status).toBe(404);
  const wrong = await ask("openai-chat", "DELAY:soon");
  expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining("DELAY:soon")]);
  expect((await post("/v2/anything", {})).status).toBe(404);
  expect((await post("/v1/messages", { model: 5 })).status).toBe(400);
});

it("counts tokens, lists models, and is a proxy that leads nowhere", async () => {
  const count = await fetch(`${server.url}/v1/messages/count_tokens`, { method: "POST", body: "{}" });
  expect(await count.json()).toEqual({ input_tokens: 100 });
  const models = (await (await fetch(`${server.url}/v1/models`)).json()) as { data: { id: string }[] };
  expect(models.data.map((model) => model.id)).toContain("mock-model");
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.write("CONNECT vendor.example:443 HTTP/1.1\r\nHost: vendor.example\r\n\r\n");
  const answer = await new Promise((resolve) => socket.once("data", (data) => resolve(String(data))));
  expect(answer).toContain("403");
  expect(server.tunnels).toEqual(["vendor.example:443"]);
});
