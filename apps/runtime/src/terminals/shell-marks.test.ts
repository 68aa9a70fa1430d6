/** Shells that are installed here, started with marks over the files of a user who has some of their own. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../test/test-hub.ts";
import { createPtyStarter, type Pty } from "../process/pty.ts";
import { startWithMarks, writeShellMarks } from "./shell-marks.ts";

let home: string;
let pty: Pty | undefined;
let out: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "fairlead-home-"));
  out = "";
});

afterEach(async () => {
  await pty?.stop();
  pty = undefined;
  rmSync(home, { recursive: true, force: true });
});

async function startShell(command: string): Promise<void> {
  const folder = writeShellMarks(join(home, "data"));
  const started = startWithMarks(command, folder, {});
  if (started === undefined) throw new Error("no marks");
  const starter = createPtyStarter({ instance: "marks", env: { PATH: process.env.PATH, HOME: home } });
  const listener = {
    data(bytes: Buffer) {
      out += bytes.toString();
    },
    drained: () => undefined,
    ended: () => undefined,
  };
  pty = await starter.start({ command, args: started.args, work_dir: home, env: started.env, size: { cols: 80, rows: 24 } }, listener, 200);
}

test("bash marks prompts, commands, codes and folders, keeps the user's prompt and command, and changes no file", async () => {
  const profile = "export MINE=mine\nPS1='own> '\nPROMPT_COMMAND='counted=$((counted+1))'\n";
  writeFileSync(join(home, ".profile"), profile);
  await startShell("bash");
  await until("a prompt", () => out.includes("\x1b]133;A\x07own> \x1b]133;B\x07"));
  expect(out).toContain(`\x1b]7;file://`);
  pty?.write(Buffer.from("echo $MINE-$counted; false\r"));
  await until("a code", () => out.includes("\x1b]133;D;1\x07"));
  expect(out).toContain("\x1b]133;C\x07mine-1\r\n");
  pty?.write(Buffer.from("cd /usr; echo $?\r"));
  await until("the folder", () => out.includes("/usr\x07"));
  expect(out).toContain("\x1b]133;D;0\x07");
  expect(readFileSync(join(home, ".profile"), "utf8")).toBe(profile);
  expect(readdirSync(home).sort()).toEqual([".profile", "data"]);
});

test("a program that is no such shell is started as it is", () => {
  expect(startWithMarks("/bin/sh", "/nowhere", {})).toBeUndefined();
});
