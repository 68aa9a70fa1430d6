/** The line between a runtime and a holder that lives: broken, it is dialled again, and nothing is lost or doubled. */
import { renameSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeDirectory, temporaryDirectory } from "../../test/runtime-harness.ts";
import { createViewers, holdersOf, openCommand, startTerminals, type TerminalHarness } from "../../test/terminal-harness.ts";
import { startTestHub, type TestHub, until } from "../../test/test-hub.ts";
import { holderSocket } from "./holder-socket.ts";

/** A holder that runs from source may take long to start on a busy machine (ms). */
const START_LIMIT_MS = 40_000;
const LIMIT_MS = 90_000;
const ENDPOINT = {
  id: "shell",
  terminal: { command: "bash", args: ["--norc", "--noprofile"], env: { PS1: "$ " }, shell_integration: false, keep: "holder" },
};

let dataDir: string;
let hub: TestHub;
let harness: TerminalHarness | undefined;
let between: Server | undefined;
const sockets = new Set<Socket>();

beforeEach(async () => {
  dataDir = temporaryDirectory();
  hub = await startTestHub();
});

afterEach(async () => {
  hub.command({ kind: "session.close", id: "end", session_id: "s" });
  await until("closed", () => isOver() || types().length === 0);
  await harness?.runtime.stop();
  harness = undefined;
  between?.close();
  await hub.stop();
  // The runtime's last words may still be on their way through.
  await until("the holder has ended", () => holders().length === 0, 30_000);
  cut();
  removeDirectory(dataDir);
}, 60_000);

const types = () => hub.events("s").map(({ type }) => type);
const isOver = () => types().includes("terminal.closed");

const holders = () => holdersOf(dataDir);

function cut(): void {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
}

/** Opens a kept shell, and goes on with a runtime that reaches the holder through a socket of this test's. */
async function openThrough() {
  harness = await startTerminals(hub, dataDir, [ENDPOINT]);
  hub.command(openCommand("s"));
  await until("opened", () => types().includes("terminal.opened"), START_LIMIT_MS);
  await harness.runtime.stop();
  const path = holderSocket(dataDir);
  const behind = `${path}-behind`;
  renameSync(path, behind);
  between = createServer((near) => {
    const far = createConnection(behind);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => other.destroySoon());
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => between?.listen(path, resolve));
  harness = await startTerminals(hub, dataDir, [ENDPOINT]);
  const viewer = createViewers(hub, "s")();
  await viewer.attach();
  return { viewer, path, behind, runtime: harness };
}

test(
  "cut while the program writes and is typed into, the line stands again: no byte and no key is lost or doubled",
  async () => {
    const { viewer, runtime } = await openThrough();
    viewer.type(
      'stty -echo; for i in $(seq 20000); do echo line-$i.; [ $((i % 200)) = 0 ] && sleep 0.01; done; read -r all; echo "got <$all>"\r',
    );
    for (const [round, enough] of [200, 5_000, 12_000].entries()) {
      await until("some output", () => viewer.text().includes(`line-${enough}.`), 20_000);
      viewer.type(`key${round} `);
      cut();
      await until("the view is over", () => viewer.detachedFor() === "away");
      await viewer.attach();
    }
    await until("the last line", () => viewer.text().includes("line-20000."), 20_000);
    viewer.type("end\r");
    await until("the keys", () => viewer.text().includes("got <key"));
    expect(viewer.text()).toContain("got <key0 key1 key2 end>");
    const numbers = [...viewer.text().matchAll(/line-(\d+)\./g)].map(([, number]) => Number(number));
    expect(numbers).toEqual(Array.from({ length: 20_000 }, (_, index) => index + 1));
    expect(types()).toEqual(["terminal.opened"]);
    expect(runtime.lines.filter(({ msg }) => msg === "the line to the holder broke and stands again")).toHaveLength(3);
  },
  LIMIT_MS,
);

test(
  "what ended while the line was cut is told with its exit code, and what was asked meanwhile is answered",
  async () => {
    const { viewer, path, behind } = await openThrough();
    viewer.type("echo $((40+2)); read -r code; exit $code\r");
    await until("it waits", () => viewer.text().includes("42\r\n"));
    // Nobody answers for a while.
    renameSync(path, `${path}-away`);
    cut();
    await until("the view is over", () => viewer.detachedFor() === "away");
    hub.send({ type: "request", id: "w", request: { kind: "terminal.write", session_id: "s", data: "7\r" } });
    renameSync(`${path}-away`, path);
    await until("told", isOver);
    expect(hub.events("s").at(-1)).toMatchObject({ type: "terminal.closed", reason: "exit", exit_code: 7 });
    expect(hub.frames.find((frame) => frame.type === "response" && frame.id === "w")).toMatchObject({ written: {} });
    renameSync(behind, path);
  },
  LIMIT_MS,
);

test(
  "a holder that dies while its line is cut is a loss, told at once",
  async () => {
    const { viewer, path } = await openThrough();
    renameSync(path, `${path}-away`);
    cut();
    await until("the view is over", () => viewer.detachedFor() === "away");
    expect(isOver()).toBe(false);
    for (const pid of holders()) process.kill(pid, "SIGKILL");
    await until("lost", isOver);
    expect(hub.events("s").at(-1)).toMatchObject({ type: "terminal.closed", reason: "lost" });
  },
  LIMIT_MS,
);
