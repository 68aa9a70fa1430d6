/** Opens a WebSocket wherever this runs: the browser's own with its cookie, or `ws` with an Authorization header. */

/** What is heard from one dialled socket. `closed` comes at most once, also when the socket never opened. */
export interface DialHandlers {
  opened(): void;
  heard(text: string): void;
  heardBytes(bytes: Uint8Array): void;
  closed(code: number, reason: string): void;
}

export interface DialledSocket {
  /** A text frame, or a binary one. */
  send(data: string | Uint8Array): void;
  /** Lets go of the socket at once: nothing more is heard from it, whatever state the network is in. */
  drop(): void;
}

export type Dial = (url: string, token: string | undefined, handlers: DialHandlers) => DialledSocket;

/** The code reported where no close frame arrived: the network's own failure. */
export const NETWORK_FAILURE = 1006;

/** The browser's WebSocket. A token, which a browser cannot send as a header, travels in the query. */
const dialBrowser: Dial = (url, token, handlers) => {
  const address = token === undefined ? url : `${url}?token=${encodeURIComponent(token)}`;
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  let live = true;
  socket.onopen = () => live && handlers.opened();
  socket.onmessage = (message: MessageEvent<unknown>) => {
    if (!live) return;
    if (typeof message.data === "string") handlers.heard(message.data);
    else if (message.data instanceof ArrayBuffer) handlers.heardBytes(new Uint8Array(message.data));
  };
  socket.onclose = (event) => {
    if (!live) return;
    live = false;
    handlers.closed(event.code, event.reason);
  };
  return {
    // Memory shared between threads, which a socket refuses, is used nowhere here.
    send: (data) => socket.send(data as string | Uint8Array<ArrayBuffer>),
    drop() {
      live = false;
      socket.close();
    },
  };
};

const dialNode: Dial = (url, token, handlers) => {
  let live = true;
  let socket: import("ws").WebSocket | undefined;
  const closed = (code: number, reason: string) => {
    if (!live) return;
    live = false;
    handlers.closed(code, reason);
  };
  const open = async () => {
    // Loaded here so that a browser's bundle carries only the package's empty browser entry.
    const { WebSocket: NodeSocket } = await import("ws");
    if (!live) return;
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    socket = new NodeSocket(url, { headers, perMessageDeflate: false, handshakeTimeout: 10_000 });
    socket.on("open", () => live && handlers.opened());
    socket.on("message", (data, isBinary) => {
      if (!live) return;
      // `ws` hands a binary frame over as one Buffer unless told otherwise.
      if (!isBinary) handlers.heard(String(data));
      else if (data instanceof Uint8Array) handlers.heardBytes(data);
    });
    // An HTTP answer instead of an upgrade: 401 is the same refusal as the close code 4401.
    socket.on("unexpected-response", (_request, response) => {
      response.resume();
      socket?.terminate();
      closed(response.statusCode === 401 ? 4401 : NETWORK_FAILURE, `HTTP ${response.statusCode}`);
    });
    socket.on("error", (error) => closed(NETWORK_FAILURE, error.message));
    socket.on("close", (code, reason) => closed(code, reason.toString()));
  };
  open().catch((error: unknown) => closed(NETWORK_FAILURE, String(error)));
  return {
    send: (data) => socket?.send(data),
    drop() {
      live = false;
      // `terminate` before the handshake ends reports an error, which the handler above swallows by then.
      socket?.terminate();
    },
  };
};

export const dial: Dial = (url, token, handlers) => (typeof window === "undefined" ? dialNode : dialBrowser)(url, token, handlers);
