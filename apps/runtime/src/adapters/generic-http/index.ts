/** `generic-http`: one request per message. The response is streamed as the answer, its end ends the turn. */
import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { type HttpConfig, PLAIN_ABILITIES } from "@fairlead/protocol";
import { pump } from "../../process/pump.ts";
import { createTextDecoder } from "../../process/text.ts";
import type { Adapter, AgentSession, OpenSession, TurnInput, TurnResult } from "../contract.ts";
import { createSpeech } from "../speech.ts";

/** How much of a refusal's body is shown, in bytes. */
const REFUSAL_BYTES = 4_096;
const CANCELLED: TurnResult = { ok: true, stop_reason: "cancelled" };

export const genericHttp: Adapter<HttpConfig> = {
  profile: "generic-http",
  capabilities: { ...PLAIN_ABILITIES, exec_model: "request-response", turn_completion: true, approvals: false, files: false },
  unavailable: async () => undefined,
  start: (config) => ({
    open: async (options) => openSession(config, options),
    stop: async () => undefined,
  }),
};

function openSession(config: HttpConfig, options: OpenSession): AgentSession {
  const closing = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  return {
    async runTurn(input, signal) {
      const turn = runRequest(config, options, { input, signal: AbortSignal.any([signal, closing.signal]) });
      running = turn;
      return await turn;
    },
    answer: async () => false,
    async close() {
      closing.abort();
      await running;
    },
  };
}

interface Turn {
  readonly input: TurnInput;
  readonly signal: AbortSignal;
}

/** A timer for silence that can be held while we are the ones who do not read. */
function createSilence(limit: number, onSilence: () => void) {
  let timer = setTimeout(onSilence, limit);
  let isOver = false;
  return {
    heard() {
      clearTimeout(timer);
      if (!isOver) timer = setTimeout(onSilence, limit);
    },
    hold: () => clearTimeout(timer),
    end() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

async function runRequest(config: HttpConfig, options: OpenSession, { input, signal }: Turn): Promise<TurnResult> {
  if (signal.aborted) return CANCELLED;
  const ending = new AbortController();
  let timedOut = false;
  const onAbort = () => ending.abort();
  signal.addEventListener("abort", onAbort, { once: true });
  const silence = createSilence(config.timeout, () => {
    timedOut = true;
    ending.abort();
  });
  try {
    const response = await send(config, input.text, ending.signal);
    silence.heard();
    const result = await receive(response, { options, silence, config });
    if (!timedOut && !signal.aborted) return result;
  } catch (error) {
    if (!timedOut && !signal.aborted) return httpFailure(explainFault(error, config));
  } finally {
    silence.end();
    signal.removeEventListener("abort", onAbort);
  }
  if (signal.aborted) return CANCELLED;
  const message = `${where(config)} said nothing for ${config.timeout / 1_000} s (timeout).`;
  return { ok: false, error: { kind: "timeout", message } };
}

/** Sends the message and settles with the response's head. Redirects are not followed, so headers reach nobody else. */
function send(config: HttpConfig, text: string, signal: AbortSignal): Promise<IncomingMessage> {
  const url = new URL(config.base_url);
  const hasBody = config.method !== "GET";
  if (!hasBody) url.searchParams.set("message", text);
  const body = Buffer.from(hasBody ? text : "");
  const headers = new Headers(hasBody ? { "content-type": "text/plain; charset=utf-8", "content-length": String(body.length) } : {});
  for (const [name, value] of Object.entries(config.headers)) headers.set(name, value);
  const open = url.protocol === "https:" ? tlsRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const request = open(url, { method: config.method, headers: Object.fromEntries(headers), agent: false, signal });
    request.once("response", resolve);
    request.on("error", reject);
    request.end(body);
  });
}

interface Reception {
  readonly options: OpenSession;
  readonly silence: ReturnType<typeof createSilence>;
  readonly config: HttpConfig;
}

async function receive(response: IncomingMessage, { options, silence, config }: Reception): Promise<TurnResult> {
  const status = response.statusCode ?? 0;
  if (status >= 300) return await refusal(response, config, status);
  const speech = createSpeech("answer", options.emit);
  const reading = pump(response, {
    onChunk(chunk) {
      silence.heard();
      const mayGoOn = speech.write(chunk);
      if (!mayGoOn) silence.hold();
      return mayGoOn;
    },
    async resumed() {
      await options.resumed();
      silence.heard();
    },
  });
  await reading.ended;
  speech.end();
  if (response.complete) return { ok: true, stop_reason: "end_turn" };
  return httpFailure(`${where(config)} broke the connection before the end of its answer.`);
}

async function refusal(response: IncomingMessage, config: HttpConfig, status: number): Promise<TurnResult> {
  const title = `${where(config)} answered ${status}${response.statusMessage ? ` ${response.statusMessage}` : ""}`;
  if (status < 400) {
    response.destroy();
    return httpFailure(`${title}: redirects are not followed. Give the address it leads to as base_url.`);
  }
  const decoder = createTextDecoder();
  let body = "";
  let left = REFUSAL_BYTES;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    body += decoder.write(chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0) break;
  }
  return httpFailure(body === "" ? `${title}.` : `${title}: ${body}`);
}

function httpFailure(message: string): TurnResult {
  return { ok: false, error: { kind: "http", message } };
}

/** The address without what may be secret in it (user, password, query). */
function where({ base_url }: HttpConfig): string {
  const { origin, pathname } = new URL(base_url);
  return `${origin}${pathname}`;
}

function explainFault(error: unknown, config: HttpConfig): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  switch (code) {
    case "ECONNREFUSED":
      return `${where(config)} refused the connection. Is the service running there?`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The host of ${where(config)} is unknown. Check base_url in the runtime's config.`;
    case "ECONNRESET":
      return `${where(config)} broke the connection.`;
    default:
      return `The request to ${where(config)} failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}
