/** Shells that are installed here, started with marks over the files of a user who has some of their own. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { testWith } from "../../test/installed.ts";
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

async function startShell(command: string, env: Record<string, string> = {}): Promise<void> {
  const folder = writeShellMarks(join(home, "data"));
  const started = startWithMarks(command, folder, env);
  if (started === undefined) throw new Error("no marks");
  const starter = createPtyStarter({ instance: "marks", env: { PATH: process.env.PATH, HOME: home } });
  const listener = {
    data(bytes: Buffer) {
      out += bytes.toString();
    },
    drained: () => undefined,
    ended: () => undefined,
  };
  const spec = { command, args: started.args, work_dir: home, env: { ...env, ...started.env }, size: { cols: 80, rows: 24 } };
  pty = await starter.start(spec, listener, 200);
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

/** Gives the user files of zsh's, which tell in which order they were read; what each holds, by name. */
function writeZshFiles(folder: string): Map<string, string> {
  mkdirSync(folder, { recursive: true });
  const files = new Map<string, string>();
  for (const name of [".zshenv", ".zprofile", ".zshrc", ".zlogin"]) {
    const more = name === ".zshrc" ? "PS1='own> '\nprecmd() { counted=$((counted+1)) }\nmine=mine\n" : "";
    files.set(name, `read_files+=(${name})\n${more}`);
  }
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  return files;
}

testWith("zsh", "zsh marks prompts, commands, codes and folders, reads all the user's files once, and changes none", async () => {
  const files = writeZshFiles(home);
  await startShell("zsh");
  await until("a prompt", () => out.includes("\x1b]133;A\x07own> \x1b]133;B\x07"));
  expect(out).toMatch(new RegExp(`\x1b\\]7;file://[^/]*${home}\x07`));
  expect(out).not.toContain("133;D");
  pty?.write(Buffer.from("echo $mine-$counted-$read_files-$ZDOTDIR; (exit 3)\r"));
  await until("a code", () => out.includes("\x1b]133;D;3\x07"));
  expect(out).toContain(`\x1b]133;C\x07mine-1-.zshenv .zprofile .zshrc .zlogin-${home}\r\n`);
  pty?.write(Buffer.from("cd /usr; echo $?\r"));
  await until("the folder", () => out.includes("/usr\x07"));
  expect(out).toContain("\x1b]133;C\x070\r\n");
  expect(out).toContain("\x1b]133;D;0\x07");
  pty?.write(Buffer.from("\r"));
  await until("the next prompt", () => out.split("133;A").length === 5);
  expect(out.split("133;D")).toHaveLength(3);
  for (const [name, text] of files) expect(readFileSync(join(home, name), "utf8")).toBe(text);
});

testWith("zsh", "zsh reads the files in the user's own folder for them", async () => {
  const folder = join(home, "own");
  writeZshFiles(folder);
  await startShell("zsh", { ZDOTDIR: folder });
  await until("a prompt", () => out.includes("133;B"));
  pty?.write(Buffer.from("echo $read_files-$ZDOTDIR.\r"));
  await until("the files", () => out.includes(`.zshenv .zprofile .zshrc .zlogin-${folder}.\r\n`));
});

testWith("fish", "fish marks prompts, commands, codes and folders, and keeps the user's prompt", async () => {
  const folder = join(home, ".config", "fish");
  mkdirSync(folder, { recursive: true });
  const own = "set -g fish_greeting\nset -g mine mine\nfunction fish_prompt; echo -n 'own> '; end\n";
  writeFileSync(join(folder, "config.fish"), own);
  await startShell("fish");
  await until("a prompt", () => out.split("\x1b]133;A\x07")[1]?.includes("own> ") === true);
  expect(out).toMatch(new RegExp(`\x1b\\]7;file://[^/]*${home}\x07`));
  expect(out).not.toContain("133;D");
  pty?.write(Buffer.from("echo $mine-(math 1+1); sh -c 'exit 3'\r"));
  await until("a code", () => out.includes("\x1b]133;D;3\x07"));
  expect(out).toContain("\x1b]133;C\x07");
  expect(out).toContain("mine-2\r\n");
  pty?.write(Buffer.from("cd /usr\r"));
  await until("the folder", () => out.includes("/usr\x07"));
  await until("its code", () => out.includes("\x1b]133;D;0\x07"));
  expect(readFileSync(join(folder, "config.fish"), "utf8")).toBe(own);
});

test("a program that is no such shell is started as it is", () => {
  expect(startWithMarks("/bin/sh", "/nowhere", {})).toBeUndefined();
});
