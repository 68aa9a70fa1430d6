/** Worktrees in real repositories: made, found again, removed when nothing would be lost, kept otherwise. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createProcesses } from "../process/spawn.ts";
import { createWorktrees } from "./worktree.ts";

const SESSION = "0b7f9f6e-aaaa-4bbb-8ccc-000000000001";

function git(folder: string, ...args: string[]): string {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
  return execFileSync("git", [...identity, ...args], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

function setUp({ commit = true } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-worktree-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const repository = join(folder, "project");
  mkdirSync(repository);
  git(repository, "init", "-q", "-b", "trunk");
  writeFileSync(join(repository, "a.txt"), "one\n");
  if (commit) {
    git(repository, "add", ".");
    git(repository, "commit", "-q", "-m", "first");
  }
  const data_dir = join(folder, "data");
  const processes = createProcesses({ instance: "worktree-test", env: process.env, home: homedir() });
  return { folder, repository, worktrees: createWorktrees({ processes, data_dir }) };
}

test("a session gets a worktree on a branch of its own, and finds it again", async () => {
  const { repository, worktrees } = setUp();
  const made = await worktrees.ensure(SESSION, repository);
  expect(made.branch).toBe("fairlead/0b7f9f6e");
  expect(existsSync(join(made.path, "a.txt"))).toBe(true);
  writeFileSync(join(made.path, "a.txt"), "two\n");
  expect(git(repository, "status", "--porcelain")).toBe("");
  expect(await worktrees.ensure(SESSION, repository)).toEqual(made);
});

test("it goes with its branch when nothing in it would be lost", async () => {
  const { repository, worktrees } = setUp();
  const { path, branch } = await worktrees.ensure(SESSION, repository);
  expect(await worktrees.release(SESSION)).toEqual({ removed: true });
  expect(existsSync(path)).toBe(false);
  expect(git(repository, "branch", "--list", branch)).toBe("");
  expect(await worktrees.release(SESSION)).toBeUndefined();
});

test("it stays with a change that is not committed, with a new file, and with a commit nobody else has", async () => {
  const { repository, worktrees } = setUp();
  const { path, branch } = await worktrees.ensure(SESSION, repository);
  writeFileSync(join(path, "b.txt"), "new\n");
  expect(await worktrees.release(SESSION)).toEqual({ removed: false, path, reason: expect.stringContaining("not committed") });
  git(path, "add", ".");
  git(path, "commit", "-q", "-m", "second");
  expect(await worktrees.release(SESSION)).toEqual({ removed: false, path, reason: expect.stringContaining("a commit that no other") });
  expect(existsSync(join(path, "b.txt"))).toBe(true);
  git(repository, "merge", "-q", branch);
  expect(await worktrees.release(SESSION)).toEqual({ removed: true });
});

test("where somebody deleted its folder it is made again, with the commits of its branch", async () => {
  const { repository, worktrees } = setUp();
  const { path } = await worktrees.ensure(SESSION, repository);
  writeFileSync(join(path, "b.txt"), "new\n");
  git(path, "add", ".");
  git(path, "commit", "-q", "-m", "second");
  rmSync(path, { recursive: true });
  await worktrees.ensure(SESSION, repository);
  expect(existsSync(join(path, "b.txt"))).toBe(true);
});

test("no repository and no commit are said in words", async () => {
  const { folder, worktrees } = setUp();
  await expect(worktrees.ensure(SESSION, folder)).rejects.toThrow(/needs a git repository/);
  const empty = setUp({ commit: false });
  await expect(empty.worktrees.ensure(SESSION, empty.repository)).rejects.toThrow(/has no commit yet/);
});
