/** A runtime that comes back to a terminal of which the one before it did not come to tell. */
import { createConnection } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeDirectory, temporaryDirectory } from "../../test/runtime-harness.ts";
import { openCommand, startTerminals, type TerminalHarness } from "../../test/terminal-harness.ts";
import { startTestHub, type TestHub, until } from "../../test/test-hub.ts";
import { openJournalStore } from "../hub-link/journal-store.ts";
import { createLog } from "../log.ts";
import { type Holder, startHolder } from "./holder.ts";
import { speakFrames } from "./holder-frames.ts";
import { fromHolderSchema, type ToHolder } from "./holder-messages.ts";
import { holderSocket } from "./holder-socket.ts";

const ENDPOINT = { id: "shell", terminal: { command: "cat", shell_integration: false, keep: "holder", record: true } };

let dataDir: string;
let hub: TestHub;
let holder: Holder;
let harness: TerminalHarness | undefined;

beforeEach(async () => {
  dataDir = temporaryDirectory();
  hub = await startTestHub();
  holder = await startHolder({ socket: holderSocket(dataDir), data_dir: dataDir, log: createLog("silent"), onDone: () => undefined });
});

afterEach(async () => {
  await harness?.runtime.stop();
  harness = undefined;
  await holder.stop();
  await hub.stop();
  removeDirectory(dataDir);
});

/** Has the holder open what the command says, and goes before anybody hears of it. */
async function openAndDie(): Promise<void> {
  const command = openCommand("s");
  const journals = openJournalStore(dataDir, createLog("silent"));
  journals.open("s").take(command);
  journals.close();
  const heard: string[] = [];
  const socket = createConnection(holderSocket(dataDir));
  const frames = speakFrames(socket, {
    json: (value) => heard.push(fromHolderSchema.parse(value).type),
    bytes: () => undefined,
    broken: () => socket.destroy(),
  });
  const { session_id, endpoint_id, terminal_id, cols, rows } = command;
  const order: ToHolder = {
    type: "open",
    session_id,
    endpoint_id,
    terminal_id,
    size: { cols, rows },
    setup: { command: "cat", args: [], work_dir: dataDir, env: {}, ring: 65_536, scrollback: 100, record: true, keep: "holder" },
    env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
    stop_grace: 100,
  };
  frames.sendJson(order);
  await until("opened", () => heard.includes("opened"));
  socket.destroy();
}

test("what is recorded from its beginning is told as recorded by the runtime that comes next", async () => {
  await openAndDie();
  harness = await startTerminals(hub, dataDir, [ENDPOINT]);
  await until("told", () => hub.events("s").length >= 2);
  expect(hub.events("s")).toMatchObject([
    { type: "terminal.opened", terminal_id: "s-1" },
    { type: "terminal.recording", terminal_id: "s-1", on: true },
  ]);
});
