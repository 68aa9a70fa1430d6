/** Journals on real files: torn, damaged, compacted, refused by the disk, and killed while writing. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, readdirSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeDirectory, temporaryDirectory, turnStart } from "../../test/runtime-harness.ts";
import { openJournalStore } from "./journal-store.ts";

const log = pino({ level: "silent" });
let directory: string;

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(() => removeDirectory(directory));

const fileOf = (name: string) => join(directory, "sessions", `${name}.jsonl`);
const delta = (text: string) => ({ type: "message.delta", kind: "stdout", text, message_id: "m" }) as const;

/** Opens the store as a new process would. */
function reopen() {
  const journal = openJournalStore(directory, log).open("s");
  const texts = journal.unacked.map((json) => JSON.parse(json.toString()).text);
  return { journal, texts };
}

function filled(count: number) {
  const store = openJournalStore(directory, log);
  const journal = store.open("s");
  for (let index = 1; index <= count; index += 1) journal.append(delta(`${index}`));
  store.close();
  return journal;
}

test("everything comes back: events, numbers, commands, the open turn and open approvals", () => {
  const store = openJournalStore(directory, log);
  const journal = store.open("s");
  const [first, second] = [turnStart("s", "one"), turnStart("s", "two")];
  journal.take(first);
  journal.take(second);
  journal.append({ type: "turn.started", turn_id: first.turn_id });
  journal.append({ type: "session.identified", native_id: "n" });
  const options = [{ id: "y", kind: "allow_once", label: "y" }] as const;
  journal.append({ type: "approval.requested", approval_id: "a", tool: "t", title: "t", options: [...options] });
  journal.finish({ id: "x", state: "failed", error: "no" });
  journal.acknowledge(2);
  store.close();
  const { journal: again } = reopen();
  expect(again.state).toMatchObject({
    open_turn: first.turn_id,
    native_id: "n",
    next_ordinal: 4,
    endpoint_id: "one",
    stream: journal.state.stream,
  });
  expect([...again.state.approvals.keys()]).toEqual(["a"]);
  expect(again.state.pending).toEqual([second]);
  expect(again.state.remembered.get(first.id)?.state).toBe("applied");
  expect(again.state.remembered.get(second.id)?.state).toBe("delivered");
  expect(again.state.remembered.get("x")).toEqual({ id: "x", state: "failed", error: "no" });
  // Acknowledgements are not written down: the hub says at the next hello what it has.
  expect(again.firstOrdinal()).toBe(1);
});

test("torn journal: a last line without its end is cut off and its number used again", () => {
  filled(3);
  appendFileSync(fileOf("s"), '{"ordinal":4,"event":{"type":"message.del');
  const { journal, texts } = reopen();
  expect(texts).toEqual(["1", "2", "3"]);
  journal.append(delta("four"));
  expect(journal.state.next_ordinal).toBe(5);
  expect(reopen().texts).toEqual(["1", "2", "3", "four"]);
});

test("torn journal: cut at every single byte, the whole lines before the cut come back", () => {
  const { stream } = filled(4).state;
  const whole = readFileSync(fileOf("s"));
  for (let size = whole.length; size > whole.indexOf(10); size -= 1) {
    writeFileSync(fileOf("s"), whole.subarray(0, size));
    const lines = whole.subarray(0, size).toString().split("\n").length - 2;
    const { journal, texts } = reopen();
    expect(texts).toEqual(["1", "2", "3", "4"].slice(0, lines));
    expect(journal.state.stream).toBe(stream);
    journal.append(delta("next"));
    journal.release();
    expect(reopen().texts.at(-1)).toBe("next");
  }
});

test("a record of a newer version is passed over with a warning; what follows it is kept under the same stream", () => {
  const { state } = filled(2);
  appendFileSync(fileOf("s"), '{"noted":{"by":"a newer version"}}\n{"marked":1}\n');
  const third = { ordinal: 3, event: delta("3") };
  appendFileSync(fileOf("s"), `${JSON.stringify(third)}\n`);
  const warned: string[] = [];
  const listening = pino({ level: "warn" }, { write: (line: string) => warned.push(line) });
  const journal = openJournalStore(directory, listening).open("s");
  expect(warned).toEqual([expect.stringContaining("a newer version")]);
  expect(journal.state).toMatchObject({ stream: state.stream, next_ordinal: 4 });
  journal.append(delta("4"));
  expect(reopen().texts).toEqual(["1", "2", "3", "4"]);
});

test.each(['["noted"]', "7", "null", '{"giving":7}'])("damaged journal: %s is no record of any version", (line) => {
  const { state } = filled(2);
  appendFileSync(fileOf("s"), `${line}\n${JSON.stringify({ ordinal: 3, event: delta("3") })}\n`);
  const { journal, texts } = reopen();
  expect(texts).toEqual(["1", "2"]);
  expect(journal.state.stream).not.toBe(state.stream);
});

test("damaged journal: what precedes the damage goes out under a new stream", () => {
  const { stream } = filled(3).state;
  const lines = readFileSync(fileOf("s"), "utf8").split("\n");
  lines[2] = "\0\0\0 rubbish";
  writeFileSync(fileOf("s"), lines.join("\n"));
  const { journal, texts } = reopen();
  expect(texts).toEqual(["1"]);
  expect(journal.state.stream).not.toBe(stream);
  expect(journal.firstOrdinal()).toBe(1);
  journal.append(delta("on"));
  journal.release();
  expect(reopen().texts).toEqual(["1", "on"]);
});

test("a file that is no journal is left alone", () => {
  openJournalStore(directory, log).close();
  writeFileSync(fileOf("odd"), "hello\n");
  writeFileSync(fileOf("empty"), "");
  writeFileSync(join(directory, "sessions", "s.jsonl.tmp"), "half a rewrite");
  expect([...openJournalStore(directory, log).all()]).toEqual([]);
  expect(readdirSync(join(directory, "sessions")).sort()).toEqual(["empty.jsonl", "odd.jsonl"]);
});

test("acknowledged events leave the disk, and the numbers go on", () => {
  const store = openJournalStore(directory, log);
  const journal = store.open("s");
  const command = turnStart("s", "x");
  journal.take(command);
  const { turn_id } = command;
  journal.append({ type: "turn.started", turn_id });
  for (const tool_call_id of ["over", "open"]) {
    journal.append({ type: "tool.started", turn_id, tool_call_id, tool: "t", title: "t", kind: "other", status: "pending" });
  }
  journal.append({ type: "tool.updated", turn_id, tool_call_id: "over", status: "completed" });
  for (let index = 0; index < 300; index += 1) journal.append(delta("z".repeat(60_000)));
  expect(statSync(fileOf("s")).size).toBeGreaterThan(18_000_000);
  journal.acknowledge(293);
  expect(statSync(fileOf("s")).size).toBeLessThan(1_000_000);
  // In the midst of a turn a little more may stay.
  journal.acknowledge(304);
  expect(statSync(fileOf("s")).size).toBeGreaterThan(500_000);
  for (let index = 0; index < 10; index += 1) journal.append(delta("z".repeat(60_000)));
  journal.acknowledge(314);
  expect(statSync(fileOf("s")).size).toBeLessThan(2_000);
  store.close();
  const { journal: again } = reopen();
  expect(again.state).toMatchObject({ next_ordinal: 315, open_turn: turn_id, open_calls: new Set(["open"]) });
  expect(again.unacked).toHaveLength(0);
  again.append(delta("z".repeat(100_000)));
  again.append({ type: "turn.completed", turn_id, stop_reason: "end_turn" });
  expect(again.state.open_calls).toEqual(new Set());
  again.acknowledge(316);
  expect(statSync(fileOf("s")).size).toBeLessThan(2_000);
});

test("a compacted journal folds no event twice: an answered approval stays answered", () => {
  const store = openJournalStore(directory, log);
  const journal = store.open("s");
  for (let index = 0; index < 300; index += 1) journal.append(delta("z".repeat(60_000)));
  journal.append({
    type: "approval.requested",
    approval_id: "a",
    tool: "t",
    title: "t",
    options: [{ id: "y", kind: "allow_once", label: "y" }],
  });
  journal.take({ kind: "approval.answer", id: "c", session_id: "s", approval_id: "a", option_id: "y" });
  journal.append({ type: "approval.applied", approval_id: "a" });
  journal.acknowledge(290);
  store.close();
  const { journal: again } = reopen();
  expect(again.firstOrdinal()).toBeGreaterThan(1);
  expect([...again.state.approvals]).toEqual([]);
  expect(again.state.next_ordinal).toBe(303);
});

test("quiet journals are deleted in time: a closed session's after a day, any other's after a month", () => {
  const store = openJournalStore(directory, log);
  for (const id of ["open", "closed", "unsent"]) {
    const journal = store.open(id);
    journal.append(delta("x"));
    if (id !== "unsent") journal.acknowledge(1);
    if (id === "closed") {
      journal.take({ kind: "session.close", id: "c", session_id: id });
      journal.finish({ id: "c", state: "applied" });
    }
    for (let index = 0; index < 2 && id !== "unsent"; index += 1) journal.append(delta("y".repeat(60_000)));
    if (id !== "unsent") journal.acknowledge(3);
  }
  store.close();
  const names = (days: number) =>
    [...openJournalStore(directory, log, Date.now() + days * 86_400_000).all()].map(({ session_id }) => session_id).sort();
  expect(names(0.5)).toEqual(["closed", "open", "unsent"]);
  expect(names(2)).toEqual(["open", "unsent"]);
  expect(names(31)).toEqual(["unsent"]);
});

test("a disk that refuses: events go on in memory, commands are not taken, and the file is whole again afterwards", async () => {
  const store = openJournalStore(directory, log);
  const journal = store.open("s");
  journal.append(delta("1"));
  journal.release();
  // The kernel refuses the path for as long as a directory stands in its place.
  const { renameSync, mkdirSync, rmdirSync } = await import("node:fs");
  renameSync(fileOf("s"), `${fileOf("s")}.aside`);
  mkdirSync(fileOf("s"));
  journal.append(delta("2"));
  expect(() => journal.take(turnStart("s", "no"))).toThrow();
  expect(() => journal.appendOrThrow(delta("no"))).toThrow();
  rmdirSync(fileOf("s"));
  const { promise, resolve } = deferred();
  setTimeout(resolve, 1_050);
  await promise;
  journal.append(delta("3"));
  expect(journal.unacked.map((json) => JSON.parse(json.toString()).text)).toEqual(["1", "2", "3"]);
  store.close();
  expect(reopen().texts).toEqual(["1", "2", "3"]);
});

function deferred() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

test("a thousand sessions hold only a bounded number of files open, and each keeps what it was told", () => {
  const openNow = () => readdirSync("/proc/self/fd").length;
  const before = openNow();
  const store = openJournalStore(directory, log);
  for (let round = 1; round <= 2; round += 1) {
    for (let index = 0; index < 1_000; index += 1) store.open(`s${index}`).append(delta(`${round}`));
  }
  expect(openNow() - before).toBeLessThan(150);
  store.close();
  const again = [...openJournalStore(directory, log).all()];
  expect(again).toHaveLength(1_000);
  for (const journal of again) expect(journal.unacked.map((json) => JSON.parse(json.toString()).text)).toEqual(["1", "2"]);
});

test("ids that no file may be called by", () => {
  const store = openJournalStore(directory, log);
  const odd = ["a:b@c", "A".repeat(128), `a${":".repeat(127)}`];
  for (const id of odd) store.open(id).append(delta(id));
  store.close();
  expect([...openJournalStore(directory, log).all()].map(({ session_id }) => session_id).sort()).toEqual([...odd].sort());
});

test("kill -9 while writing: everything the process said it had written is there, in order, without holes", {
  timeout: 60_000,
}, async () => {
  const writer = fileURLToPath(new URL("../../test/journal-writer.ts", import.meta.url));
  let expected = 0;
  for (let round = 0; round < 5; round += 1) {
    const child = spawn(process.execPath, ["--import", "tsx", writer, directory], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (data: Buffer) => {
      said += data.toString();
      if (said.length > 3_000 + round * 1_700) child.kill("SIGKILL");
    });
    await once(child, "close");
    const written = Number(said.slice(0, said.lastIndexOf("\n")).split("\n").at(-1));
    const { journal, texts } = reopen();
    expect(journal.firstOrdinal()).toBe(1);
    expect(texts).toEqual(texts.map((_, index) => `${index + 1}`));
    expect(texts.length).toBeGreaterThanOrEqual(written);
    expect(written).toBeGreaterThan(expected);
    expected = texts.length;
    journal.release();
  }
});

test("a torn end of any length before a restart loses nothing that was whole", () => {
  filled(2);
  const size = statSync(fileOf("s")).size;
  truncateSync(fileOf("s"), size - 1);
  utimesSync(fileOf("s"), new Date(), new Date());
  expect(reopen().texts).toEqual(["1"]);
});
