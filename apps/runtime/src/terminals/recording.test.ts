/** Recordings: players can read them, characters stay whole, and no disk or size holds the terminal up. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startRecording } from "./recording.ts";
import { createRecordingSpace } from "./recording-space.ts";

let folder: string;
let faults: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-recording-"));
  faults = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(more: { largest?: number; most?: number; file?: string } = {}) {
  let time = 0;
  const file = more.file ?? join(folder, "deep", "one.cast");
  const recording = startRecording({
    file,
    size: { cols: 80, rows: 24 },
    command: ["bash", "-l"],
    space: createRecordingSpace(folder, () => more.most ?? 1_000_000_000),
    onFault: (reason) => faults.push(reason),
    now: () => time,
    ...(more.largest === undefined ? {} : { largest: more.largest }),
  });
  return { recording, file, pass: (ms: number) => (time += ms) };
}

const linesOf = (file: string): unknown[] =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

it("has a header, and each output and size with its time", async () => {
  const { recording, file, pass } = start();
  recording.output(Buffer.from("$ "));
  pass(1_500);
  recording.resized({ cols: 120, rows: 40 });
  pass(250);
  recording.output(Buffer.from('ls "x"\r\n'));
  const finished = await recording.end();
  const [header, ...events] = linesOf(file);
  expect(header).toMatchObject({ version: 2, width: 80, height: 24, command: "bash -l" });
  expect(events).toEqual([
    [0, "o", "$ "],
    [1.5, "r", "120x40"],
    [1.75, "o", 'ls "x"\r\n'],
  ]);
  expect(finished).toEqual({ file, size: readFileSync(file).length, duration_ms: 1_750 });
});

it("keeps characters whole that reads cut anywhere", async () => {
  const { recording, file } = start();
  const bytes = Buffer.from("é🙂漢字");
  for (const byte of bytes) recording.output(Uint8Array.of(byte));
  await recording.end();
  const text = linesOf(file)
    .slice(1)
    .map((event) => (event as [number, string, string])[2]);
  expect(text.join("")).toBe("é🙂漢字");
});

it("ends at its largest size and says so once; what was written can be played", async () => {
  const { recording, file } = start({ largest: 2_000 });
  for (let index = 0; index < 100; index++) recording.output(Buffer.from("a line of fifty bytes that fills up the file…\r\n"));
  expect(faults).toEqual(["the recording has become too large; it ends here"]);
  const finished = await recording.end();
  expect(finished?.size).toBeLessThanOrEqual(2_500);
  expect(linesOf(file).length).toBeGreaterThan(10);
});

it("does not begin where others have taken all the room, makes no file, and says so after it has returned", async () => {
  writeFileSync(join(folder, "other.cast"), "x".repeat(50_000));
  const { recording, file } = start({ most: 50_000 });
  expect(faults).toEqual([]);
  recording.output(Buffer.from("text"));
  await new Promise(setImmediate);
  expect(faults).toEqual([expect.stringMatching(/as much room as they may.*does not begin/)]);
  expect(await recording.end()).toBeUndefined();
  expect(existsSync(file)).toBe(false);
});

it("ends when all together have taken their room, and keeps what it wrote; goes on where room was made", async () => {
  const other = join(folder, "other.cast");
  writeFileSync(other, "x".repeat(50_000));
  const { recording, file } = start({ most: 70_000 });
  const write = (times: number) => {
    for (let index = 0; index < times; index++) recording.output(Buffer.from("a line of fifty bytes that fills up the file…\r\n"));
  };
  write(150);
  expect(faults).toEqual([]);
  rmSync(other);
  write(150);
  expect(faults).toEqual([]);
  write(1_000);
  expect(faults).toEqual([expect.stringMatching(/as much room as they may.*ends here/)]);
  const finished = await recording.end();
  expect(finished?.size).toBeGreaterThan(65_000);
  expect(finished?.size).toBeLessThanOrEqual(70_000);
  expect(linesOf(file).length).toBeGreaterThan(300);
});

it("says when the disk does not take it", async () => {
  const { recording } = start({ file: "/dev/full" });
  recording.output(Buffer.from("text"));
  expect(await recording.end()).toBeUndefined();
  expect(faults).toEqual([expect.stringMatching(/cannot be written/)]);
});

it("says so when there is no place for its file, and throws nothing", async () => {
  writeFileSync(join(folder, "taken"), "a file where a folder should be");
  const { recording } = start({ file: join(folder, "taken", "one.cast") });
  expect(faults).toEqual([]);
  recording.output(Buffer.from("text"));
  expect(await recording.end()).toBeUndefined();
  expect(faults).toEqual([expect.stringMatching(/cannot be written: (EEXIST|ENOTDIR)/)]);
});
