/** The scripted model server: answers in four dialects what the newest prompt tells it to, and remembers what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { anthropicMessages } from "./anthropic-messages.ts";
import { type ModelRequest, type Prompt, promptOf } from "./conversation.ts";
import type { Dialect, Encoder } from "./dialect.ts";
import { gemini } from "./gemini.ts";
import { createHolds } from "./holds.ts";
import { openaiChat } from "./openai-chat.ts";
import { openaiResponses } from "./openai-responses.ts";
import { type Picture, picturesIn } from "./pictures.ts";
import { cutInto, type Piece, type Reply, replyTo } from "./reply.ts";

/** A request as it was read, and what became of it. */
export interface RecordedRequest extends ModelRequest {
  readonly prompt: Prompt;
  readonly pictures: readonly Picture[];
  /** `left`: the client went away before the end. */
  outcome: "open" | "answered" | "failed" | "left";
}

export interface ModelServer {
  /** Without a path: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Every request for an answer, oldest first; at most the newest thousand. */
  readonly requests: readonly RecordedRequest[];
  /** Hosts that a client wanted to reach through this server as a proxy. All were refused. */
  readonly tunnels: readonly string[];
  /** How many answers stand at `HOLD:name` now. */
  held(name: string): number;
  /** Lets the answers at `HOLD:name` go on, those that come later too. */
  release(name: string): void;
  close(): Promise<void>;
}

const DIALECTS: readonly Dialect[] = [anthropicMessages, openaiResponses, openaiChat, gemini];
const MOST_REQUESTS = 1_000;
const LARGEST_BODY = 32 * 1024 * 1024;
/** Asking for this one is refused, as for a model that does not exist. */
const UNKNOWN_MODEL = "no-such-model";
const MODELS = ["mock-model", "mock-small"];

export async function startModelServer(): Promise<ModelServer> {
  const requests: RecordedRequest[] = [];
  const tunnels: string[] = [];
  const holds = createHolds();
  const failures = new Map<string, number>();
  let ids = 0;

  const newId = (prefix: string) => {
    ids += 1;
    return `${prefix}${String(ids).padStart(12, "0")}`;
  };

  /** Whether the answer's fault is due; counts it. */
  const isDue = ({ fault, key }: Reply): boolean => {
    if (fault === undefined) return false;
    const before = failures.get(key) ?? 0;
    failures.set(key, before + 1);
    return before < fault.times;
  };

  const answer = async (dialect: Dialect, body: unknown, { path, response }: { path: string; response: ServerResponse }) => {
    const request = dialect.parse(body, path);
    const record: RecordedRequest = { ...request, prompt: promptOf(request.items), pictures: picturesIn(body), outcome: "open" };
    requests.push(record);
    if (requests.length > MOST_REQUESTS) requests.shift();
    const left = new AbortController();
    response.once("close", () => {
      if (record.outcome === "open") record.outcome = response.writableEnded ? "failed" : "left";
      left.abort();
    });
    const refuse = (status: number, message: string) => {
      record.outcome = "failed";
      sendJson(response, status, dialect.refusal(status, message));
    };
    if (request.model === UNKNOWN_MODEL) return refuse(404, `model: ${UNKNOWN_MODEL}`);
    const reply = replyTo(request);
    const fault = isDue(reply) ? reply.fault : undefined;
    if (fault?.kind === "status") return refuse(fault.status, `The script answers ${fault.status}`);
    const encoder = dialect.createEncoder({ model: request.model, newId });
    const write = (text: string) => {
      if (!request.stream || text === "" || left.signal.aborted) return;
      if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
      response.write(text);
    };
    await play(request.stream ? reply : { ...reply, chunks: 1 }, { encoder, write, wait: (piece) => waitFor(piece, left.signal) });
    if (left.signal.aborted) return;
    switch (fault?.kind) {
      case undefined:
        record.outcome = "answered";
        write(encoder.end());
        return request.stream ? void response.end() : sendJson(response, 200, encoder.whole());
      case "error":
        if (!request.stream) return refuse(500, "The script breaks down");
        record.outcome = "failed";
        write(encoder.fail("The script breaks down"));
        return void response.end();
      case "cut":
        record.outcome = "failed";
        response.socket?.destroySoon();
        return;
      case "hang":
        return;
    }
  };

  const waitFor = async (piece: Extract<Piece, { type: "delay" | "hold" }>, left: AbortSignal) => {
    if (piece.type === "hold") return holds.waitAt(piece.name, left);
    await pause(piece.ms, undefined, { signal: left }).catch(() => undefined);
  };

  const handle = async (message: IncomingMessage, response: ServerResponse) => {
    const path = new URL(message.url ?? "/", "http://127.0.0.1").pathname;
    const dialect = DIALECTS.find((each) => each.path.test(path));
    if (message.method === "GET" && path === "/v1/models") return sendJson(response, 200, modelList());
    if (message.method === "HEAD" || message.method === "GET") return sendJson(response, 200, {});
    const body = await readJson(message);
    if (path.endsWith("/count_tokens")) return sendJson(response, 200, { input_tokens: 100 });
    if (path.endsWith(":countTokens")) return sendJson(response, 200, { totalTokens: 100 });
    if (dialect === undefined) return sendJson(response, 404, { error: { message: `nothing at ${path}` } });
    await answer(dialect, body, { path, response });
  };

  const server = createServer((message, response) => {
    handle(message, response).catch((error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      if (response.headersSent) response.destroy();
      else sendJson(response, 400, { type: "error", error: { type: "invalid_request_error", message: text } });
    });
  });
  server.on("connect", (message: IncomingMessage, socket) => {
    tunnels.push(message.url ?? "");
    // Who is refused may hang up at once.
    socket.on("error", () => socket.destroy());
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    tunnels,
    held: holds.held,
    release: holds.release,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

interface Stage {
  readonly encoder: Encoder;
  write(text: string): void;
  wait(piece: Extract<Piece, { type: "delay" | "hold" }>): Promise<void>;
}

/** Says everything but the end. */
async function play({ pieces, chunks }: Reply, { encoder, write, wait }: Stage): Promise<void> {
  let begun = false;
  const begin = () => {
    if (!begun) write(encoder.begin());
    begun = true;
  };
  for (const piece of pieces) {
    switch (piece.type) {
      case "delay":
      case "hold":
        await wait(piece);
        break;
      case "call":
        begin();
        write(encoder.call(piece));
        break;
      default:
        begin();
        for (const part of cutInto(piece.text, chunks)) write(encoder.text(piece.type, part));
    }
  }
  begin();
}

function modelList(): object {
  const data = MODELS.map((id) => ({ id, object: "model", type: "model", display_name: id, created: 0, owned_by: "script" }));
  return { object: "list", data, models: MODELS.map((id) => ({ name: `models/${id}` })), has_more: false };
}

async function readJson(message: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new Error(`a request of more than ${LARGEST_BODY} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  // Real services say when to come again; without that, some agents wait for a minute.
  const again = status === 429 ? { "retry-after": "1" } : {};
  response.writeHead(status, { "content-type": "application/json", ...again }).end(JSON.stringify(body));
}
