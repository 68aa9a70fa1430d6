/** The port before, while and after a hub is complete. */
import { once } from "node:events";
import { connect } from "node:net";
import { expect, it } from "vitest";
import { createFront } from "./front.ts";

async function statusOf(port: number, headers = ""): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`GET /healthz HTTP/1.1\r\nHost: hub\r\n${headers}\r\n`);
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return answer.toString().split("\r\n", 1)[0] ?? "";
}

const UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\n";

it("says that the hub is starting until its doors are open", async () => {
  const front = createFront();
  const port = await front.listen({ host: "127.0.0.1", port: 0 });
  expect(await statusOf(port)).toBe("HTTP/1.1 503 Service Unavailable");
  expect(await statusOf(port, UPGRADE)).toBe("HTTP/1.1 503 Service Unavailable");
  front.open({ request: (_, response) => response.end("hello"), upgrade: () => false });
  expect(await statusOf(port)).toBe("HTTP/1.1 200 OK");
  expect(await statusOf(port, UPGRADE)).toBe("HTTP/1.1 404 Not Found");
  await front.close();
  await front.close();
});

it("lets spare connections go at once and those that were asking when they are answered", async () => {
  const front = createFront();
  const port = await front.listen({ host: "127.0.0.1", port: 0 });
  let answer: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    front.open({
      request: (_, response) => {
        answer = () => void response.end("late");
        resolve();
      },
      upgrade: () => false,
    });
  });
  const spare = connect(port, "127.0.0.1");
  await once(spare, "connect");
  const late = statusOf(port);
  await asked;
  const spareGone = once(spare, "close");
  front.stopAccepting();
  await spareGone;
  const closed = front.close();
  answer();
  expect(await late).toBe("HTTP/1.1 200 OK");
  await closed;
});
