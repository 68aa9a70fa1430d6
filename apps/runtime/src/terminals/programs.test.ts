/** Full-screen programs that redraw what they like: what the runtime keeps of them is what one who comes late is shown. */
import { afterEach, beforeEach, expect } from "vitest";
import { testWith } from "../../test/installed.ts";
import { removeDirectory, temporaryDirectory } from "../../test/runtime-harness.ts";
import { newTerminal, write } from "../../test/screens.ts";
import { createViewers, openCommand, startTerminals, type TerminalHarness, type TestViewer } from "../../test/terminal-harness.ts";
import { startTestHub, type TestHub, until } from "../../test/test-hub.ts";

/** How long (ms) a screen may take. */
const LIMIT_MS = 10_000;

let dataDir: string;
let hub: TestHub;
let harness: TerminalHarness;
let first: TestViewer;

beforeEach(async () => {
  dataDir = temporaryDirectory();
  hub = await startTestHub();
  const terminal = { command: "bash", args: ["--norc", "--noprofile"], env: { PS1: "$ ", TMUX_TMPDIR: dataDir } };
  harness = await startTerminals(hub, dataDir, [{ id: "shell", terminal }]);
  hub.command(openCommand("s"));
  await until("opened", () => hub.events("s").length > 0);
  first = createViewers(hub, "s")();
  await first.attach();
  first.resize(90, 25);
});

afterEach(async () => {
  await harness.runtime.stop();
  await hub.stop();
  removeDirectory(dataDir);
});

/** What stands on the screen that the runtime keeps. */
async function kept(): Promise<{ readonly lines: readonly string[]; readonly alternate: boolean; readonly offset: number }> {
  const id = String(Math.random());
  hub.send({ type: "request", id, request: { kind: "terminal.screen", session_id: "s", history: 0 } });
  const find = () => hub.frames.find((frame) => frame.type === "response" && frame.id === id);
  await until("the screen", () => find() !== undefined);
  const found = find();
  if (found?.type !== "response" || found.screen === undefined) throw new Error("no screen");
  return found.screen;
}

/** Asks again and again: what the runtime keeps is told, not watched. */
async function comes(what: string, fact: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + LIMIT_MS;
  while (!(await fact()))
    if (Date.now() > end) throw new Error(`${what} does not come; the screen is:\n${(await kept()).lines.join("\n")}`);
}

async function shows(what: string, pattern: RegExp): Promise<void> {
  await comes(what, async () => pattern.test((await kept()).lines.join("\n")));
}

/** What one sees who comes now. */
async function lateLines({ cols, rows }: { cols: number; rows: number }): Promise<string[]> {
  const late = createViewers(hub, "s")();
  await late.attach();
  await until("drawn", () => late.picture().length > 0 && late.position() !== undefined && late.position() === first.position());
  const terminal = newTerminal(cols, rows, 100);
  await write(terminal, late.picture());
  const { active } = terminal.buffer;
  const lines = Array.from(
    { length: rows },
    (_, row) =>
      active
        .getLine(active.baseY + row)
        ?.translateToString(true)
        .trimEnd() ?? "",
  );
  terminal.dispose();
  late.detach();
  return lines;
}

async function isShownToAll(size: { cols: number; rows: number }): Promise<void> {
  await comes("one who comes late sees the same", async () => {
    const { lines } = await kept();
    return lines.length === size.rows && lines.join("\n") === (await lateLines(size)).join("\n");
  });
}

for (const [program, command, head] of [
  ["htop", "htop -d 3", /Load average|Tasks:/],
  ["top", "top -d 0.3", /load average/],
] as const) {
  testWith(program, `${program} draws itself anew, follows the size, and gives way to the shell`, async () => {
    first.type(`${command}\r`);
    await shows("its head", head);
    const { offset } = await kept();
    await comes("it is drawn anew", async () => (await kept()).offset > offset);
    first.resize(110, 35);
    await comes("the new size", async () => (await kept()).lines.length === 35);
    await shows("its head again", head);
    first.type("q");
    // Keys that come while it ends are its own.
    await shows("a prompt", /^\$$/m);
    first.type("echo done-$((40+3))\r");
    await shows("the shell", /^done-43$/m);
  });
}

testWith("tmux", "a shell within tmux is shown to those who come late, follows the size, and is there after tmux was left", async () => {
  const tmux = "tmux -L test -f /dev/null";
  const shell = `'PS1="in> " bash --norc --noprofile'`;
  first.type(`${tmux} new -s one ${shell} \\; set status-right right \\; set default-command ${shell}\r`);
  await comes("it has the screen", async () => (await kept()).alternate);
  await shows("a prompt within", /^in>$/m);
  first.type("seq 100; stty size\r");
  await shows("the size within", /^24 90$/m);
  await shows("its last line", /^\[one\] 0:.*right$/m);
  await isShownToAll({ cols: 90, rows: 25 });
  first.type("\x02%");
  await shows("two panes", /│in>/);
  await isShownToAll({ cols: 90, rows: 25 });
  first.resize(120, 40);
  await comes("the new size", async () => (await kept()).lines.length === 40);
  // tmux gives it to those within some time later.
  first.type("until stty size | grep ^39; do sleep 0.1; done\r");
  await shows("the size of the second", /│39 59$/m);
  await isShownToAll({ cols: 120, rows: 40 });
  first.type("\x02d");
  await shows("it was left", /detached/);
  expect((await kept()).alternate).toBe(false);
  first.type(`${tmux} attach\r`);
  await shows("both panes again", /│/);
  await isShownToAll({ cols: 120, rows: 40 });
  first.type("\x02d");
  await comes("it was left again", async () => !(await kept()).alternate);
  first.type(`${tmux} kill-server; echo ended-$((40+2))\r`);
  await shows("the end", /ended-42/);
});
