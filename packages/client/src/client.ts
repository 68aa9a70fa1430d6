/** Composes a client of one hub: operations over HTTP, the live socket, and what survives a reload. */
import { type Answers, createAnswers } from "./answers.ts";
import { type Call, createCalls } from "./calls.ts";
import { type DownloadOptions, downloadFile } from "./download.ts";
import { createDrafts, type Drafts } from "./drafts.ts";
import { createOperations, type Operations } from "./http.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import { createSocket, type LiveSocket, type SocketOptions } from "./socket.ts";
import { defaultStorage, defaultTabStorage, type KeyValueStorage } from "./storage.ts";
import { createSubscriptions, type Subscribe } from "./subscription.ts";
import { createTerminals, type OpenTerminal } from "./terminal.ts";
import { type Upload, type UploadOptions, uploadFile } from "./upload.ts";

export interface ClientOptions {
  /** The hub's address with its sub-path, e.g. `http://127.0.0.1:8090`. In a browser: default the page's own origin. */
  readonly url?: string;
  /** A Bearer token; a browser leaves it out and uses its cookie. */
  readonly token?: string;
  /** A name for the hub's log. */
  readonly name?: string;
  readonly storage?: KeyValueStorage;
  /** What survives a reload of this tab and is not seen by others; default: the browser's `sessionStorage`, else memory. */
  readonly tabStorage?: KeyValueStorage;
  /** Longest wait for an HTTP answer (ms). */
  readonly deadline?: number;
  readonly socket?: Pick<SocketOptions, "backoff" | "tick" | "patience" | "dial">;
}

export const HINT_TOPICS = ["sessions", "endpoints", "approvals"] as const;

export interface Hint {
  readonly topic: (typeof HINT_TOPICS)[number];
  readonly id?: string | undefined;
}

export interface Client {
  /** `client.operations["sessions.list"]({})` over HTTP. */
  readonly operations: Operations;
  /** The same over the live socket. */
  readonly call: Call;
  readonly socket: LiveSocket;
  readonly outbox: Outbox;
  /** Answers to approvals on their way to the hub. */
  readonly answers: Answers;
  readonly drafts: Drafts;
  /** Dials the live socket; operations over HTTP work without. */
  connect(): void;
  readonly subscribe: Subscribe;
  /** Watches a terminal, and types into it: attached until told otherwise, over any number of connections. */
  readonly terminal: OpenTerminal;
  /** Uploads a file to a session; its attachment then goes with a message. */
  upload(options: Omit<UploadOptions, "url" | "token">): Upload;
  /** Fetches a file of a session. Rejects with AppError only. */
  download(options: Omit<DownloadOptions, "url" | "token">): Promise<Blob>;
  /** A list changed: fetch it again. Also called after every reconnect, because hints are not kept. */
  onHint(listener: (hint: Hint) => void): () => void;
  close(): void;
}

export function createClient(options: ClientOptions = {}): Client {
  const url = (options.url ?? (typeof window === "undefined" ? "" : window.location.origin)).replace(/\/+$/, "");
  const token = options.token;
  const socket = createSocket({ url: `${url.replace(/^http/, "ws")}/ws/client`, token, name: options.name, ...options.socket });
  const calls = createCalls(socket);
  const storage = options.storage ?? defaultStorage();
  const outbox = createOutbox({ socket, call: calls.call, storage });
  const answers = createAnswers({ socket, call: calls.call, storage: options.tabStorage ?? defaultTabStorage() });
  const terminals = createTerminals(socket);
  return {
    operations: createOperations({ url, token: () => token, deadline: options.deadline ?? 30_000 }),
    call: calls.call,
    socket,
    outbox,
    answers,
    drafts: createDrafts(storage),
    connect: () => socket.start(),
    subscribe: createSubscriptions(socket),
    terminal: terminals.open,
    upload: (options) => uploadFile({ ...options, url, token }),
    download: (options) => downloadFile({ ...options, url, token }),
    onHint: (listener) =>
      socket.onFrame((frame) => {
        if (frame.type === "hint") listener(frame);
        if (frame.type === "hello.ack") for (const topic of HINT_TOPICS) listener({ topic });
      }),
    close() {
      outbox.close();
      answers.close();
      terminals.close();
      socket.close();
      calls.close();
    },
  };
}

/** Signs in with a password and gives a token for `createClient`. Rejects with AppError. */
export async function signIn(url: string, credentials: { readonly username: string; readonly password: string }): Promise<string> {
  const operations = createOperations({ url: url.replace(/\/+$/, ""), token: () => undefined, deadline: 30_000 });
  return (await operations["auth.login"](credentials)).token;
}
