import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHost } from "../../test/adapter-host.ts";
import { createWorktrees } from "./worktree.ts";

const SESSION = "0a1b2c3d-0000-4000-8000-000000000001";
const BRANCH = "fairlead/0a1b2c3d";

function setUp() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "fairlead-test-")));
  const home = join(root, "home");
  const data_dir = join(root, "data");
  mkdirSync(home);
  writeFileSync(
    join(home, ".gitconfig"),
    '[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n[protocol "file"]\nallow = always\n',
  );
  const env = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: home };
  const host = createHost({}, { env, home });
  onTestFinished(() => {
    expect(host.children()).toEqual([]);
    rmSync(root, { recursive: true, force: true });
  });
  const git = (folder: string, ...args: string[]) =>
    execFileSync("git", args, { cwd: folder, env, encoding: "utf8", stdio: "pipe" }).trim();
  function repository(name = "project"): string {
    const folder = join(root, name);
    mkdirSync(join(folder, "packages", "app"), { recursive: true });
    git(folder, "init");
    writeFileSync(join(folder, "README.md"), "hello\n");
    writeFileSync(join(folder, "packages", "app", "index.js"), "1\n");
    commit(folder, "begin");
    return folder;
  }
  function commit(folder: string, message: string): void {
    git(folder, "add", "-A");
    git(folder, "commit", "-m", message);
  }
  const open = (processes = host.processes) => createWorktrees({ processes, data_dir });
  return { root, data_dir, git, repository, commit, open, folder: join(data_dir, "worktrees", SESSION) };
}

describe("a session's worktree", () => {
  it("is made from the repository's HEAD, on a branch of its own", async () => {
    const { git, repository, open, folder } = setUp();
    const project = repository();
    writeFileSync(join(project, "README.md"), "changed, not committed\n");
    expect(await open().ensure(SESSION, project)).toEqual({ path: folder, branch: BRANCH });
    expect(git(folder, "branch", "--show-current")).toBe(BRANCH);
    expect(git(folder, "rev-parse", "HEAD")).toBe(git(project, "rev-parse", "HEAD"));
    expect(readFileSync(join(folder, "README.md"), "utf8")).toBe("hello\n");
    expect(git(project, "branch", "--show-current")).toBe("main");
  });

  it("is found again after a restart, with what was done in it", async () => {
    const { repository, open, folder } = setUp();
    const project = repository();
    const made = await open().ensure(SESSION, project);
    writeFileSync(join(folder, "new.txt"), "work\n");
    expect(await open().ensure(SESSION, project)).toEqual(made);
    expect(readFileSync(join(folder, "new.txt"), "utf8")).toBe("work\n");
  });

  it("answers to a folder inside the repository", async () => {
    const { repository, open, folder } = setUp();
    const project = repository();
    const inside = join(project, "packages", "app");
    const made = { path: join(folder, "packages", "app"), branch: BRANCH };
    expect(await open().ensure(SESSION, inside)).toEqual(made);
    expect(await open().ensure(SESSION, inside)).toEqual(made);
  });

  it("is made once when it is asked for twice at the same time, and apart from others", async () => {
    const { repository, open, git } = setUp();
    const project = repository();
    const worktrees = open();
    const other = "0a1b2c3d-0000-4000-8000-000000000002";
    const [one, same, two] = await Promise.all([SESSION, SESSION, other].map((id) => worktrees.ensure(id, project)));
    expect(same).toEqual(one);
    expect(two).toMatchObject({ branch: `${BRANCH}-2` });
    expect(git(project, "worktree", "list").split("\n")).toHaveLength(3);
  });

  it("takes up its branch again when somebody deleted the folder", async () => {
    const { repository, open, folder, commit, git } = setUp();
    const project = repository();
    await open().ensure(SESSION, project);
    writeFileSync(join(folder, "kept.txt"), "work\n");
    commit(folder, "work");
    rmSync(folder, { recursive: true });
    expect(await open().ensure(SESSION, project)).toEqual({ path: folder, branch: BRANCH });
    expect(existsSync(join(folder, "kept.txt"))).toBe(true);
    expect(git(project, "branch", "--list", "fairlead/*").split("\n")).toHaveLength(1);
  });

  it("leaves a branch of that name alone that is somebody else's", async () => {
    const { repository, open, git } = setUp();
    const project = repository();
    git(project, "branch", BRANCH);
    expect(await open().ensure(SESSION, project)).toMatchObject({ branch: `${BRANCH}-2` });
  });

  it("is made anew when a crash left it half made", async () => {
    const { repository, open, folder, git } = setUp();
    const project = repository();
    await open().ensure(SESSION, project);
    rmSync(join(folder, "README.md"));
    writeFileSync(join(git(folder, "rev-parse", "--absolute-git-dir"), "locked"), "initializing");
    expect(await open().ensure(SESSION, project)).toEqual({ path: folder, branch: BRANCH });
    expect(readFileSync(join(folder, "README.md"), "utf8")).toBe("hello\n");
  });
});

describe("a worktree that cannot be", () => {
  it("says why", async () => {
    const { root, repository, open, git, commit } = setUp();
    const fails = (folder: string) =>
      open()
        .ensure(SESSION, folder)
        .then(
          () => "",
          (error: Error) => error.message,
        );
    const plain = join(root, "plain");
    mkdirSync(plain);
    expect(await fails(plain)).toBe(`${plain} is not in a git repository; a worktree needs one.`);
    expect(await fails(join(root, "nowhere"))).toMatch(/does not exist/);
    const empty = join(root, "empty");
    mkdirSync(empty);
    git(empty, "init");
    expect(await fails(empty)).toMatch(/has no commit yet/);
    const bare = join(root, "bare.git");
    git(root, "init", "--bare", bare);
    expect(await fails(bare)).toMatch(/is no working tree/);

    const project = repository();
    const library = repository("library");
    for (const name of ["lib", "lib 2"]) git(project, "submodule", "add", library, name);
    commit(project, "add libraries");
    expect(await fails(project)).toBe("");
    await open().release(SESSION);
    for (const name of ["lib", "lib 2"]) writeFileSync(join(project, name, "README.md"), "changed\n");
    expect(await fails(project)).toBe(
      `The submodule lib, lib 2 of ${project} has changes that a worktree would not have. Commit them first.`,
    );
    expect(existsSync(join(root, "data", "worktrees", SESSION))).toBe(false);
  });

  it("says that git is missing", async () => {
    const { root, repository, open } = setUp();
    const project = repository();
    const { processes } = createHost({}, { env: { PATH: join(root, "nothing") }, home: root });
    await expect(open(processes).ensure(SESSION, project)).rejects.toThrow('"git" was not found on PATH');
  });

  it("leaves nothing behind when git fails in the middle", async () => {
    const { repository, open, folder, git } = setUp();
    const project = repository();
    writeFileSync(join(project, ".git", "hooks", "post-checkout"), "#!/bin/sh\necho not today >&2\nexit 1\n", { mode: 0o755 });
    await expect(open().ensure(SESSION, project)).rejects.toThrow(/could not be made: .*not today/);
    expect(existsSync(folder)).toBe(false);
    expect(git(project, "branch", "--list", "fairlead/*")).toBe("");
    expect(git(project, "worktree", "list").split("\n")).toHaveLength(1);
  });

  it("never takes a path for a session", async () => {
    const { repository, open } = setUp();
    await expect(open().ensure("../../etc", repository())).rejects.toThrow();
    expect(await open().release("../../etc")).toMatchObject({ removed: false });
  });

  it("does not take a folder inside another repository for the worktree", async () => {
    const { root, repository, open, folder, git } = setUp();
    const project = repository();
    git(root, "init");
    mkdirSync(folder, { recursive: true });
    await expect(open().ensure(SESSION, project)).rejects.toThrow(/cannot be used: it lies in the repository/);
    expect(await open().release(SESSION)).toMatchObject({ removed: false });
    expect(existsSync(folder)).toBe(true);
  });
});

describe("a worktree that is no longer needed", () => {
  it("is removed with its branch when nothing is in it", async () => {
    const { repository, open, folder, git } = setUp();
    const project = repository();
    await open().ensure(SESSION, project);
    expect(await open().release(SESSION)).toEqual({ removed: true });
    expect(existsSync(folder)).toBe(false);
    expect(git(project, "branch", "--list", "fairlead/*")).toBe("");
    expect(git(project, "worktree", "list").split("\n")).toHaveLength(1);
    expect(await open().release(SESSION)).toBeUndefined();
  });

  it("is kept with changes, with new files, and with commits that are nowhere else", async () => {
    const { repository, open, folder, commit, git } = setUp();
    const project = repository();
    await open().ensure(SESSION, project);
    const kept = (reason: string) => ({ removed: false, path: folder, reason });
    writeFileSync(join(folder, "README.md"), "changed\n");
    expect(await open().release(SESSION)).toEqual(kept("It holds changes that are not committed."));
    git(folder, "checkout", "--", "README.md");
    writeFileSync(join(folder, "new.txt"), "new\n");
    expect(await open().release(SESSION)).toEqual(kept("It holds changes that are not committed."));
    commit(folder, "new");
    expect(await open().release(SESSION)).toEqual(kept("It holds a commit that is on no other branch."));
    // A tag is no branch, and nobody looks there.
    git(folder, "tag", "v1");
    expect(await open().release(SESSION)).toMatchObject({ removed: false });
    git(project, "merge", BRANCH);
    expect(await open().release(SESSION)).toEqual({ removed: true });
    expect(readFileSync(join(project, "new.txt"), "utf8")).toBe("new\n");
  });

  it("is kept when commits hang on a HEAD without a branch", async () => {
    const { repository, open, folder, commit, git } = setUp();
    const project = repository();
    await open().ensure(SESSION, project);
    git(folder, "checkout", "--detach");
    writeFileSync(join(folder, "loose.txt"), "loose\n");
    commit(folder, "loose");
    expect(await open().release(SESSION)).toMatchObject({ removed: false, reason: "It holds a commit that is on no other branch." });
    expect(existsSync(folder)).toBe(true);
    // On a branch that stays they are safe.
    git(folder, "switch", "-c", "feature");
    expect(await open().release(SESSION)).toEqual({ removed: true });
    expect(git(project, "log", "--format=%s", "-1", "feature")).toBe("loose");
  });

  it("is kept when it holds submodules that were filled, which git itself does not remove", async () => {
    const { repository, open, folder, commit, git } = setUp();
    const project = repository();
    git(project, "submodule", "add", repository("library"), "lib");
    commit(project, "add lib");
    await open().ensure(SESSION, project);
    git(folder, "submodule", "update", "--init");
    expect(await open().release(SESSION)).toMatchObject({
      removed: false,
      reason: expect.stringMatching(/^git would not remove it: .*submodules/),
    });
    expect(existsSync(join(folder, "lib", "README.md"))).toBe(true);
  });

  it("is kept when the repository is gone", async () => {
    const { repository, open, folder } = setUp();
    const project = repository();
    await open().ensure(SESSION, project);
    rmSync(project, { recursive: true });
    expect(await open().release(SESSION)).toMatchObject({
      removed: false,
      path: folder,
      reason: expect.stringMatching(/no worktree that git knows/),
    });
    expect(existsSync(folder)).toBe(true);
  });
});
