/** A raw TCP proxy whose directions can be held still, so that a link is half-open: nothing arrives and nothing is closed. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onCleanup } from "./rig.ts";

export interface Proxy {
  readonly port: number;
  /** Lets nothing pass any more in either direction, and closes nothing. */
  freeze(): void;
  thaw(): void;
  /** Breaks every connection without a goodbye. */
  cut(): void;
}

export async function startProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let frozen = false;
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("error", () => undefined);
      from.on("close", () => {
        sockets.delete(from);
        if (!frozen) to.destroy();
      });
      from.pipe(to);
    }
    if (frozen) for (const socket of [near, far]) socket.unpipe();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const pairs = () => [...sockets];
  onCleanup(async () => {
    for (const socket of pairs()) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    port: (server.address() as AddressInfo).port,
    freeze() {
      frozen = true;
      for (const socket of pairs()) socket.pause();
    },
    thaw() {
      frozen = false;
      for (const socket of pairs()) socket.resume();
    },
    cut() {
      for (const socket of pairs()) socket.destroy();
    },
  };
}
