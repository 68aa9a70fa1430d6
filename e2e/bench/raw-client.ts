/** A client of `/ws/client` with nothing between it and the socket, so that a benchmark times the hub and not the client. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { WebSocket } from "ws";

interface Frame {
  readonly type: string;
  readonly id?: string;
  readonly session_id?: string;
  readonly error?: string;
  readonly output?: unknown;
  readonly events?: readonly { readonly type: string; readonly text?: string }[];
}

export interface RawClient {
  readonly socket: WebSocket;
  call<T>(operation: string, input: unknown): Promise<T>;
  /** Subscribes and calls back for each event; `onRange` sees the raw bytes instead where a benchmark must not parse. */
  subscribe(sessionId: string, onEvent: (event: { readonly type: string; readonly text?: string }) => void): void;
  close(): void;
}

export async function connectRaw(url: string, token: string): Promise<RawClient> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/ws/client`, {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
    maxPayload: 64 * 1024 * 1024,
  });
  const waiting = new Map<string, { resolve: (output: unknown) => void; reject: (error: Error) => void }>();
  const listeners = new Map<string, (event: { readonly type: string; readonly text?: string }) => void>();
  await once(socket, "open");
  socket.on("message", (data, isBinary) => {
    if (isBinary) return;
    const frame = JSON.parse(String(data)) as Frame;
    if (frame.type === "range") {
      const listener = listeners.get(frame.session_id ?? "");
      if (listener !== undefined) for (const event of frame.events ?? []) listener(event);
      return;
    }
    const call = waiting.get(frame.id ?? "");
    if (call === undefined) return;
    waiting.delete(frame.id ?? "");
    if (frame.type === "result") call.resolve(frame.output);
    else call.reject(new Error(frame.error));
  });
  socket.send(JSON.stringify({ type: "client.hello", protocol: [1] }));
  return {
    socket,
    call<T>(operation: string, input: unknown) {
      const id = randomUUID();
      socket.send(JSON.stringify({ type: "call", id, operation, input }));
      return new Promise<T>((resolve, reject) => waiting.set(id, { resolve: resolve as (output: unknown) => void, reject }));
    },
    subscribe(sessionId, onEvent) {
      listeners.set(sessionId, onEvent);
      socket.send(JSON.stringify({ type: "client.subscribe", session_id: sessionId, after_seq: 0 }));
    },
    close: () => socket.terminate(),
  };
}

/** Signs in over REST and answers the Bearer token. */
export async function signIn(url: string, username: string, password: string): Promise<string> {
  const response = await fetch(`${url}/api/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password }),
  });
  if (!response.ok) throw new Error(`sign-in failed: ${await response.text()}`);
  return ((await response.json()) as { token: string }).token;
}
