/** Terminals through everything: a real hub, a real runtime, real programs, with links cut and processes killed under them. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client, Terminal, TerminalStatus } from "@fairlead/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "./until.ts";
import { openWorld, type World } from "./world.ts";

const SHELL = {
  id: "shell",
  terminal: { command: "bash", args: ["--norc", "--noprofile"], env: { PS1: "$ " }, shell_integration: false },
};
const MARK = "BEGIN";
const CUTS = 3;
const POURED = 100 * 1024 * 1024;

const KEPT = { ...SHELL, id: "kept", terminal: { ...SHELL.terminal, keep: "holder" } };

let world: World;
beforeEach(async () => {
  world = await openWorld({ endpoints: [SHELL, KEPT] });
});
afterEach(() => world.close());

interface View {
  readonly terminal: Terminal;
  status(): TerminalStatus;
  /** All output since the view's last reset, as text. */
  text(): string;
  resets(): number;
  onBytes(listener: (bytes: Uint8Array) => void): void;
}

/** Watches a terminal and draws at once what comes. */
function view(client: Client, session_id: string, viewer_id: string, hold = true): View {
  let text = "";
  let resets = 0;
  let listener: (bytes: Uint8Array) => void = () => undefined;
  const terminal = client.terminal(
    { session_id, viewer_id, hold },
    {
      output(bytes) {
        text = (text + Buffer.from(bytes).toString("latin1")).slice(-256 * 1024);
        listener(bytes);
        terminal.drawn(bytes.length);
      },
      reset() {
        text = "";
        resets += 1;
      },
      size: () => undefined,
    },
  );
  return {
    terminal,
    status: () => terminal.status.get(),
    text: () => text,
    resets: () => resets,
    onBytes(next) {
      listener = next;
    },
  };
}

async function open(client: Client, endpoint_id = "shell"): Promise<string> {
  const { id } = await client.operations["terminals.open"]({ endpoint_id, cols: 100, rows: 30 });
  return id;
}

async function ready(one: View): Promise<void> {
  await until("the view is live and holds", () => one.status().state === "live" && one.status().holds);
  await until("a prompt", () => one.text().includes("$ "));
}

const says = (one: View, text: string) => until(`"${text}" on the screen`, () => one.text().includes(text), 20_000);

describe("a terminal", () => {
  it("is typed into, resized and ended, and its end stands in the log", async () => {
    const client = world.newClient();
    const one = view(client, await open(client), "v1");
    await ready(one);
    one.terminal.write("stty size\r");
    await says(one, "30 100");
    one.terminal.resize({ cols: 77, rows: 11 });
    await until("the new size", () => one.status().size?.cols === 77);
    one.terminal.write("stty size\r");
    await says(one, "11 77");
    one.terminal.write("exit 7\r");
    await until("the end", () => one.status().state === "ended");
    const listed = await client.operations["terminals.list"]({});
    expect(listed).toMatchObject([{ shared: false, terminal: { state: "closed", end: "exit", exit_code: 7 } }]);
  });

  it("gives a viewer that was cut off exactly what it missed, three times in a flood of 100 MB", async () => {
    const file = join(world.dir, "poured");
    const line = (index: number) => `${index} the quick brown fox jumps over the lazy dog\n`;
    const lines: string[] = [];
    for (let size = 0; size < POURED; size += lines.at(-1)?.length ?? 0) lines.push(line(lines.length));
    writeFileSync(file, lines.join(""));
    const client = world.newClient();
    const one = view(client, await open(client), "v1");
    await ready(one);
    const resets = one.resets();
    const hash = createHash("sha256");
    let before = "";
    let poured = 0;
    one.onBytes((bytes) => {
      let rest = Buffer.from(bytes);
      if (!before.includes(MARK)) {
        before += rest.toString("latin1");
        rest = Buffer.from(before.split(MARK)[1] ?? "", "latin1");
      }
      hash.update(rest.subarray(0, Math.max(0, POURED - poured)));
      poured += rest.length;
    });
    const expected = createHash("sha256").update(lines.join("").slice(0, POURED)).digest("hex");
    // The mark is not in the echo of the command itself.
    one.terminal.write(`stty -onlcr; printf BEG""IN; cat ${file}\r`);
    for (let cut = 1; cut <= CUTS; cut++) {
      await until(`part ${cut} of the flood`, () => poured > (POURED / (CUTS + 1)) * cut, 60_000);
      (cut === 2 ? world.runtimeLink : world.clientLink).cut();
    }
    await until("the whole flood", () => poured >= POURED, 60_000);
    expect(hash.digest("hex")).toBe(expected);
    expect(one.resets()).toBe(resets);
  }, 120_000);

  it("takes what is typed while the hub is killed once and in order", async () => {
    const client = world.newClient();
    const one = view(client, await open(client), "v1");
    await ready(one);
    one.terminal.write("cat -v\r");
    await says(one, "cat -v");
    const typed = Array.from({ length: 60 }, (_, index) => `k${index} `);
    for (const [index, word] of typed.entries()) {
      if (index === 20) {
        await world.hub.kill9();
        void world.hub.start();
      }
      await until("room", () => one.terminal.write(word));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await until("the view is back", () => one.status().state === "live" && one.status().waiting === 0, 20_000);
    one.terminal.write("\r");
    await says(one, `${typed.join("")}\r\n${typed.join("")}`);
  });

  it("is watched by others, and taken over with one word", async () => {
    const client = world.newClient();
    const session = await open(client);
    const one = view(client, session, "v1");
    await ready(one);
    const two = view(world.newClient(), session, "v2");
    await until("the second watches", () => two.status().state === "live" && two.status().holder === "v1");
    expect(two.terminal.write("echo no\r")).toBe(false);
    one.terminal.write("echo from-one\r");
    await says(two, "from-one");
    two.terminal.hold(true);
    await until("it is taken over", () => two.status().holds && !one.status().holds);
    two.terminal.write("echo from-two\r");
    await says(one, "from-two");
    two.terminal.detach();
    await until("it is given back", () => one.status().holder === null || one.status().holds);
  });

  it("tells that it was lost with a killed runtime, and is opened again", async () => {
    const client = world.newClient();
    const session = await open(client);
    const one = view(client, session, "v1");
    await ready(one);
    await world.runtime.kill9();
    await until("the runtime is away", () => one.status().state === "away");
    await world.runtime.start();
    await until("the terminal is lost", () => one.status().state === "ended", 20_000);
    await client.operations["terminals.open"]({ session_id: session });
    await until("it runs again", () => one.status().state === "live", 20_000);
    one.terminal.write("echo again-$((40+2))\r");
    await says(one, "again-42");
  });

  it("is recorded while somebody wants that, and the recording reaches the hub", async () => {
    const client = world.newClient();
    const session_id = await open(client);
    const one = view(client, session_id, "v1");
    await ready(one);
    await client.operations["terminals.record"]({ session_id, on: true });
    const events = async () => (await client.operations["events.list"]({ session_id })).events;
    await until("it is recorded", async () => (await events()).some((event) => event.type === "terminal.recording" && event.on));
    one.terminal.write("echo recorded-$((40+2))\r");
    await says(one, "recorded-42");
    await client.operations["terminals.record"]({ session_id, on: false });
    const recorded = await until("the hub has it", async () => (await events()).find((event) => event.type === "terminal.recorded"));
    if (recorded?.type !== "terminal.recorded") throw new Error("no recording");
    const response = await fetch(`${world.hub.url}/api/sessions/${session_id}/files/${recorded.file_id}`, {
      headers: { authorization: `Bearer ${world.token}` },
    });
    const [header, ...lines] = (await response.text())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(header).toMatchObject({ version: 2, width: 100, height: 30 });
    expect(lines.map(([, , data]) => data).join("")).toContain("recorded-42");
  });

  it("runs full-screen programs: an editor, a pager, and one that draws itself anew", async () => {
    const { operations } = world.newClient();
    const session_id = await open(world.newClient());
    const type = (data: string) => operations["terminals.write"]({ session_id, data });
    const shows = async (what: string, pattern: RegExp) => {
      await until(what, async () => pattern.test((await operations["terminals.screen"]({ session_id })).lines.join("\n")));
    };
    const isFullScreen = async () => (await operations["terminals.screen"]({ session_id })).alternate;
    const file = join(world.dir, "edited.txt");

    await type(`vim -u NONE ${file}\r`);
    await shows("the editor", /^~$/m);
    expect(await isFullScreen()).toBe(true);
    await type("ione line\rand another\u001b");
    await type(":wq\r");
    await until("the editor is gone", async () => !(await isFullScreen()));
    expect(readFileSync(file, "utf8")).toBe("one line\nand another\n");

    writeFileSync(file, Array.from({ length: 500 }, (_, index) => `line ${index}\n`).join(""));
    await type(`less ${file}\r`);
    await shows("the first page", /^line 0$/m);
    await type("G");
    await shows("the last page", /^line 499$/m);
    await type("q");
    await until("the pager is gone", async () => !(await isFullScreen()));

    await type("top -d 0.3\r");
    await shows("the head of it", /load average/);
    const { offset } = await operations["terminals.screen"]({ session_id });
    await until("it is drawn anew", async () => (await operations["terminals.screen"]({ session_id })).offset > offset);
    await type("q");
    // What it reads behind its last key is gone with it.
    await shows("the prompt", /^\$\s*$/m);
    await type("echo done-$((40+2))\r");
    await shows("the shell", /done-42/);
  });

  it("is driven by a script", async () => {
    const { operations } = world.newClient();
    const session_id = await open(world.newClient());
    await until("a prompt", async () => (await operations["terminals.screen"]({ session_id })).lines.some((line) => line.startsWith("$")));
    const { offset } = await operations["terminals.write"]({ session_id, data: "echo result-$((6*7))\r" });
    expect(await operations["terminals.wait"]({ session_id, pattern: "result-(\\d+)", after_offset: offset })).toMatchObject({
      outcome: "matched",
      match: "result-42",
    });
    expect(await operations["terminals.wait"]({ session_id, pattern: "never", timeout: 0.2 })).toMatchObject({ outcome: "timeout" });
    await operations["terminals.write"]({ session_id, data: "exit\r" });
    expect(await operations["terminals.wait"]({ session_id, pattern: "never" })).toMatchObject({ outcome: "closed" });
    expect(await operations["terminals.close"]({ session_id })).toEqual({ status: "closed" });
  });
});

describe("a terminal that a holder keeps", () => {
  it("is the same over a killed runtime, and takes what was typed meanwhile once and in order", async () => {
    const client = world.newClient();
    const session_id = await open(client, "kept");
    const one = view(client, session_id, "v1");
    await ready(one);
    const resets = one.resets();
    one.terminal.write("x=kept; cat -v\r");
    await says(one, "cat -v\r\n");
    const typed = Array.from({ length: 60 }, (_, index) => `k${index} `);
    for (const [index, word] of typed.entries()) {
      if (index === 20) await world.runtime.kill9();
      if (index === 40) await world.runtime.start();
      await until("room", () => one.terminal.write(word));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await until("the view is back", () => one.status().state === "live" && one.status().waiting === 0, 20_000);
    one.terminal.write("\r");
    await says(one, `${typed.join("")}\r\n${typed.join("")}`);
    one.terminal.write("\u0004echo $x-$((40+2))\r");
    await says(one, "kept-42");
    expect(one.resets()).toBe(resets);
    const { events } = await client.operations["events.list"]({ session_id });
    expect(events.filter(({ type }) => type === "terminal.closed")).toEqual([]);
    await client.operations["terminals.close"]({ session_id });
    await until("the end", () => one.status().state === "ended");
  }, 60_000);

  it("writes on over an orderly restart, and its viewer gets every byte once", async () => {
    const client = world.newClient();
    const session_id = await open(client, "kept");
    const one = view(client, session_id, "v1");
    await ready(one);
    const resets = one.resets();
    const numbers = Array.from({ length: 300 }, (_, index) => `n${index + 1}.\r\n`);
    one.terminal.write('for i in $(seq 1 300); do echo "n$i."; sleep 0.01; done; echo do""ne\r');
    await says(one, "n9.");
    expect(await world.runtime.stop()).toBe(true);
    await until("the runtime is away", () => one.status().state === "away");
    await world.runtime.start();
    await says(one, "done\r\n");
    expect(one.text()).toContain(numbers.join(""));
    expect(one.resets()).toBe(resets);
    await client.operations["terminals.close"]({ session_id });
    await until("the end", () => one.status().state === "ended");
  }, 60_000);

  it("is recorded over a killed runtime, and what its program ended with while that was away stands in the log", async () => {
    const client = world.newClient();
    const session_id = await open(client, "kept");
    const one = view(client, session_id, "v1");
    await ready(one);
    await client.operations["terminals.record"]({ session_id, on: true });
    const events = async () => (await client.operations["events.list"]({ session_id })).events;
    await until("it is recorded", async () => (await events()).some((event) => event.type === "terminal.recording" && event.on));
    const flag = join(world.dir, "flag");
    one.terminal.write(`echo wai""ting; while [ ! -e ${flag} ]; do sleep 0.05; done; echo aw""ay; exit 7\r`);
    await says(one, "waiting");
    await world.runtime.kill9();
    await until("the runtime is away", () => one.status().state === "away");
    writeFileSync(flag, "");
    await until("the program has ended", () => world.agents().length === 0);
    await world.runtime.start();
    await until("the end", () => one.status().state === "ended", 20_000);
    const closed = (await events()).find((event) => event.type === "terminal.closed");
    expect(closed).toMatchObject({ reason: "exit", exit_code: 7 });
    const recorded = await until("the hub has it", async () => (await events()).find((event) => event.type === "terminal.recorded"));
    if (recorded?.type !== "terminal.recorded") throw new Error("no recording");
    const response = await fetch(`${world.hub.url}/api/sessions/${session_id}/files/${recorded.file_id}`, {
      headers: { authorization: `Bearer ${world.token}` },
    });
    expect(await response.text()).toContain("away");
  }, 60_000);
});
