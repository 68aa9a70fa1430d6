/** The port: bound before anything else is opened, answering "starting" until the hub is complete, closed in two steps. */
import { createServer, type IncomingMessage, type RequestListener, STATUS_CODES } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { AppError, ERRORS } from "@fairlead/protocol";
import { sendError } from "./api/respond.ts";
import type { ListenAddress } from "./config.ts";

export interface Doors {
  readonly request: RequestListener;
  /** False: nobody wants this upgrade. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
}

export interface Front {
  /** Resolves with the port. Throws UNAVAILABLE that says what to do, e.g. when the address is in use. */
  listen(address: ListenAddress): Promise<number>;
  open(doors: Doors): void;
  /** Takes no more connections and lets those go that ask for nothing. */
  stopAccepting(): void;
  /** Resolves when every connection is gone; those still under way after the grace are cut. */
  close(): Promise<void>;
}

/** How long requests under way may take to finish when the hub closes. */
const CLOSE_GRACE_MS = 3_000;

const starting = () => new AppError("UNAVAILABLE", "the hub is starting", { retryAfter: 1 });

export function createFront(): Front {
  let doors: Doors = {
    request: (_, response) => sendError(response, starting()),
    upgrade: (_, socket) => {
      refuse(socket, ERRORS.UNAVAILABLE.http);
      return true;
    },
  };
  // A long recording comes over a slow line; http.ts gives every other body a minute.
  const limits = { requestTimeout: 1_800_000, headersTimeout: 20_000, keepAliveTimeout: 75_000, maxHeaderSize: 32_768 };
  // Requests under way per connection. Node's own idea of an idle connection leaves out those that never asked anything,
  // such as the spare ones browsers open.
  const connections = new Map<Socket, number>();
  let stopping = false;

  const server = createServer(limits, (request, response) => {
    const { socket } = request;
    connections.set(socket, (connections.get(socket) ?? 0) + 1);
    response.once("close", () => {
      const left = (connections.get(socket) ?? 1) - 1;
      if (connections.has(socket)) connections.set(socket, left);
      if (stopping && left === 0) socket.destroySoon();
    });
    doors.request(request, response);
  });
  server.on("connection", (socket: Socket) => {
    // Small answers must not wait for more to come.
    socket.setNoDelay(true);
    connections.set(socket, 0);
    socket.once("close", () => connections.delete(socket));
  });
  server.on("upgrade", (request, socket, head) => {
    // From here on it is the gateway's, which closes it in its own way.
    connections.delete(request.socket);
    if (!doors.upgrade(request, socket, head)) refuse(socket, ERRORS.NOT_FOUND.http);
  });
  let closed: Promise<void> | undefined;

  function stopAccepting(): Promise<void> {
    closed ??= new Promise((resolve) => server.close(() => resolve()));
    stopping = true;
    for (const [socket, underWay] of connections) if (underWay === 0) socket.destroy();
    return closed;
  }
  return {
    listen: ({ host, port }) =>
      new Promise((resolve, reject) => {
        server.once("error", (cause: NodeJS.ErrnoException) => reject(explain(cause, `${host ?? "every interface"}, port ${port}`)));
        server.listen({ port, ...(host === undefined ? {} : { host }) }, () => resolve((server.address() as AddressInfo).port));
      }),
    open: (complete) => {
      doors = complete;
    },
    stopAccepting: () => void stopAccepting(),
    close: async () => {
      const hard = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
      await stopAccepting();
      clearTimeout(hard);
    },
  };
}

function explain(cause: NodeJS.ErrnoException, where: string): AppError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `address already in use: ${where}. Another program, perhaps another hub, listens there; stop it or change server.addr`,
    EACCES: `not allowed to listen on ${where}; choose a port above 1023 in server.addr`,
    EADDRNOTAVAIL: `this machine does not have the address ${where}; change server.addr`,
  };
  return new AppError("UNAVAILABLE", reasons[cause.code ?? ""] ?? cause.message, { cause });
}

function refuse(socket: Duplex, status: number): void {
  socket.on("error", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
