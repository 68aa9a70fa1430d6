/** The reference: a bare two-hop relay. What a client sends goes to the one runtime, what that sends goes to every client; nothing else. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 16 * 1024 * 1024 });
const clients = new Set<WebSocket>();
let runtime: WebSocket | undefined;

sockets.on("connection", (socket, request) => {
  if (request.url === "/runtime") {
    runtime = socket;
    socket.on("message", (data, binary) => {
      for (const client of clients) client.send(data, { binary });
    });
    return;
  }
  clients.add(socket);
  socket.on("close", () => clients.delete(socket));
  socket.on("message", (data, binary) => runtime?.send(data, { binary }));
});

server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
