/** A TCP proxy that is a bad network: it delays, cuts, swallows and comes back on demand. */
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";

export interface BadNetwork {
  readonly port: number;
  /** Open connections through it. */
  connections(): number;
  /** Ends every connection abruptly; new ones are served. */
  cut(): void;
  /** Refuses new connections and ends the open ones, until `resume`. */
  block(): void;
  /** Forwards nothing more and closes nothing: both ends believe in a connection that is gone. New ones hang too. */
  halfOpen(): void;
  /** Serves again; what was swallowed stays lost, so connections of that time are ended. */
  resume(): void;
  /** Forwards each piece after `ms`, in order; 0: at once. */
  delay(ms: number): void;
  close(): Promise<void>;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  /** It was swallowed from, so its streams have holes. */
  broken: boolean;
}

export async function startProxy(targetPort: number): Promise<BadNetwork> {
  const pairs = new Set<Pair>();
  let mode: "open" | "blocked" | "half-open" = "open";
  let lag = 0;

  const end = (pair: Pair) => {
    pairs.delete(pair);
    pair.near.destroy();
    pair.far.destroy();
  };

  const forward = (pair: Pair, from: Socket, to: Socket) => {
    let line: Promise<void> | undefined;
    /** Does something now, or after all that waits before it: pieces and the end keep their order. */
    const inTurn = (work: () => void) => {
      if (lag === 0 && line === undefined) return work();
      const ms = lag;
      const mine: Promise<void> = (line ?? Promise.resolve())
        .then(() => new Promise<void>((resolve) => setTimeout(resolve, ms)))
        .then(() => {
          if (line === mine) line = undefined;
          if (!to.destroyed) work();
        });
      line = mine;
    };
    from.on("data", (chunk: Buffer) => {
      if (mode === "half-open" || pair.broken) {
        pair.broken = true;
        return;
      }
      inTurn(() => {
        if (!to.write(chunk)) from.pause();
      });
    });
    to.on("drain", () => from.resume());
    // While half-open the other end must not learn that this one is gone.
    from.on("end", () => mode === "half-open" || inTurn(() => to.end()));
    from.on("close", () => mode === "half-open" || inTurn(() => end(pair)));
    from.on("error", () => mode === "half-open" || inTurn(() => end(pair)));
  };

  const server = createServer({ allowHalfOpen: true }, (near) => {
    if (mode === "blocked") return void near.destroy();
    const far = dial({ port: targetPort, host: "127.0.0.1", allowHalfOpen: true });
    near.setNoDelay(true);
    far.setNoDelay(true);
    const pair: Pair = { near, far, broken: false };
    pairs.add(pair);
    forward(pair, near, far);
    forward(pair, far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const pair of [...pairs]) end(pair);
  };

  return {
    port: (server.address() as AddressInfo).port,
    connections: () => pairs.size,
    cut,
    block() {
      mode = "blocked";
      cut();
    },
    halfOpen() {
      mode = "half-open";
      for (const pair of pairs) pair.broken = true;
    },
    resume() {
      mode = "open";
      for (const pair of [...pairs]) if (pair.broken) end(pair);
    },
    delay(ms) {
      lag = ms;
    },
    close() {
      mode = "blocked";
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
