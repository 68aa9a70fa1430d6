/** A git worktree for each session that wants one: made from the endpoint's repository, found again, removed only when nothing is lost. */
import { existsSync, mkdirSync, realpathSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { idSchema } from "@fairlead/protocol";
import type { Processes } from "../process/spawn.ts";
import { complaintOf, createGit, type Git } from "./git.ts";

export interface WorktreesOptions {
  readonly processes: Processes;
  /** The runtime's data directory, absolute. */
  readonly data_dir: string;
}

export type Released =
  | { readonly removed: true }
  /** It was kept at `path`; `reason` is a sentence for people. */
  | { readonly removed: false; readonly path: string; readonly reason: string };

export interface Worktrees {
  /**
   * The session's worktree, made if need be from the HEAD of the repository that `work_dir` (absolute) lies in. `path` is the folder in it
   * that answers to `work_dir`. Rejects with an Error for people.
   */
  ensure(sessionId: string, workDir: string): Promise<{ readonly path: string; readonly branch: string }>;
  /** Removes it if nothing in it would be lost. Undefined: the session has none. Never rejects. */
  release(sessionId: string): Promise<Released | undefined>;
}

/** Where the session that a branch was made for is written down, in the repository's config. */
const OWNER_KEY = "fairleadsession";
/** How many names are tried for a branch whose name is taken. */
const MAX_NAMES = 20;

export function createWorktrees({ processes, data_dir }: WorktreesOptions): Worktrees {
  const git = createGit(processes);
  /** One after the other: git locks a repository's config only for moments and fails who comes second. */
  let queue: Promise<unknown> = Promise.resolve();

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  }

  const folderOf = (sessionId: string) => join(data_dir, "worktrees", idSchema.parse(sessionId));

  async function ensure(sessionId: string, workDir: string) {
    const folder = folderOf(sessionId);
    if (existsSync(folder) && !(await clearHalfMade(git, folder))) {
      const branch = await branchIn(git, folder);
      return { path: inside(folder, await prefixOf(git, workDir).catch(() => "")), branch };
    }
    const prefix = await prefixOf(git, workDir);
    await refuseUnfit(git, workDir);
    const { branch, exists } = await chooseBranch(git, workDir, sessionId);
    mkdirSync(join(data_dir, "worktrees"), { recursive: true, mode: 0o700 });
    // The folder of a worktree that somebody deleted is still known to git.
    await git(workDir, ["worktree", "prune"]);
    const added = await git(workDir, ["worktree", "add", ...(exists ? [folder, branch] : ["--no-track", "-b", branch, folder, "HEAD"])]);
    if (added.code !== 0) {
      await discard(git, workDir, folder);
      if (!exists) await git(workDir, ["branch", "-D", branch]);
      throw new Error(`A worktree of ${workDir} could not be made: ${complaintOf(added)}`);
    }
    await git(workDir, ["config", `branch.${branch}.${OWNER_KEY}`, sessionId]);
    return { path: inside(folder, prefix), branch };
  }

  async function release(sessionId: string): Promise<Released | undefined> {
    const folder = folderOf(sessionId);
    if (!existsSync(folder)) return undefined;
    const keep = (reason: string): Released => ({ removed: false, path: folder, reason });
    const found = await common(git, folder);
    if (typeof found === "string") return keep(`It is no worktree that git knows: ${found}`);
    const status = await git(folder, ["status", "--porcelain", "--untracked-files=all", "--ignore-submodules=none"]);
    if (status.code !== 0) return keep(`git could not tell what is in it: ${complaintOf(status)}`);
    if (status.stdout !== "") return keep("It holds changes that are not committed.");
    const own = await ownBranches(git, folder, sessionId);
    const lost = await lostCommits(git, folder, own);
    if (typeof lost === "string") return keep(`git could not tell which commits are in it: ${lost}`);
    if (lost > 0) return keep(`It holds ${lost === 1 ? "a commit that is" : `${lost} commits that are`} on no other branch.`);
    // Without force: git looks once more itself.
    const removed = await git(found.repository, ["worktree", "remove", folder]);
    if (removed.code !== 0) return keep(`git would not remove it: ${complaintOf(removed)}`);
    // A branch that is checked out elsewhere by now stays.
    for (const branch of own) await git(found.repository, ["branch", "-D", branch]);
    return { removed: true };
  }

  return {
    ensure: (sessionId, workDir) => inTurn(() => ensure(sessionId, workDir)),
    release: (sessionId) =>
      inTurn(() => release(sessionId)).catch((error: unknown) => ({
        removed: false,
        path: join(data_dir, "worktrees", sessionId),
        reason: error instanceof Error ? error.message : String(error),
      })),
  };
}

/** Where `workDir` lies in its repository; empty: at the top. Rejects with an Error for people when there is no repository. */
async function prefixOf(git: Git, workDir: string): Promise<string> {
  const found = await git(workDir, ["rev-parse", "--is-inside-work-tree", "--show-prefix"]);
  const [isInside, prefix = ""] = found.stdout.split("\n");
  if (found.code === 0 && isInside === "true") return prefix;
  if (found.code === 0) throw new Error(`${workDir} is no working tree of a git repository; a worktree needs one.`);
  if (/not a git repository/.test(found.stderr)) throw new Error(`${workDir} is not in a git repository; a worktree needs one.`);
  throw new Error(`git cannot use ${workDir}: ${complaintOf(found)}`);
}

/** Rejects when a worktree of the repository would not be what people expect. */
async function refuseUnfit(git: Git, workDir: string): Promise<void> {
  const head = await git(workDir, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
  if (head.code !== 0) throw new Error(`The repository of ${workDir} has no commit yet; a worktree needs one to begin from.`);
  const status = await git(workDir, ["status", "--porcelain=v2", "--untracked-files=no", "--ignore-submodules=none"]);
  if (status.code !== 0) throw new Error(`git cannot read the repository of ${workDir}: ${complaintOf(status)}`);
  // Changed entries: `1 XY S<c><m><u> mH mI mW hH hI path`; the third field begins with S for a submodule.
  const dirty = status.stdout.split("\n").flatMap((entry) => /^1 \S+ S\S+ (?:\S+ ){5}(.+)$/.exec(entry)?.[1] ?? []);
  if (dirty.length > 0) {
    throw new Error(
      `The submodule ${dirty.slice(0, 5).join(", ")} of ${workDir} has changes that a worktree would not have. Commit them first.`,
    );
  }
}

/** The branch of the session from before if it is still there, else a name that is free. */
async function chooseBranch(git: Git, workDir: string, sessionId: string): Promise<{ branch: string; exists: boolean }> {
  const base = `fairlead/${sessionId.slice(0, 8).replace(/[^A-Za-z0-9_-]/g, "-")}`;
  for (let number = 1; number <= MAX_NAMES; number += 1) {
    const branch = number === 1 ? base : `${base}-${number}`;
    const taken = await git(workDir, ["show-ref", "--verify", "--quiet", `refs/heads/${branch}`]);
    if (taken.code !== 0) return { branch, exists: false };
    if ((await ownerOf(git, workDir, branch)) === sessionId) return { branch, exists: true };
  }
  throw new Error(`The repository of ${workDir} has too many branches named ${base}. Delete those that are not needed.`);
}

async function ownerOf(git: Git, folder: string, branch: string): Promise<string> {
  return (await git(folder, ["config", "--get", `branch.${branch}.${OWNER_KEY}`])).stdout.trim();
}

/** Branches made for the session that are still there. */
async function ownBranches(git: Git, folder: string, sessionId: string): Promise<string[]> {
  const { stdout } = await git(folder, ["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/fairlead/"]);
  const own: string[] = [];
  for (const branch of stdout.split("\n").filter((name) => name !== "")) {
    if ((await ownerOf(git, folder, branch)) === sessionId) own.push(branch);
  }
  return own;
}

/** How many commits would be on no branch any more without the worktree and its own branches; a text: why that is unknown. */
async function lostCommits(git: Git, folder: string, own: readonly string[]): Promise<number | string> {
  const attached = await git(folder, ["symbolic-ref", "--quiet", "HEAD"]);
  const tips = [...own.map((branch) => `refs/heads/${branch}`), ...(attached.code === 0 ? [] : ["HEAD"])];
  if (tips.length === 0) return 0;
  const excluded = own.map((branch) => `--exclude=${branch}`);
  const counted = await git(folder, ["rev-list", "--count", ...tips, "--not", ...excluded, "--branches", "--remotes"]);
  const count = Number(counted.stdout.trim() || "none");
  return counted.code === 0 && Number.isInteger(count) ? count : complaintOf(counted);
}

/** The repository a worktree belongs to; a text: why the folder is none. */
async function common(git: Git, folder: string): Promise<{ readonly repository: string; readonly git_dir: string } | string> {
  const found = await git(folder, ["rev-parse", "--show-toplevel", "--absolute-git-dir", "--git-common-dir"]);
  const [top = "", git_dir = "", shared = ""] = found.stdout.split("\n");
  if (found.code !== 0) return complaintOf(found);
  // A folder without a repository of its own is taken for a part of one around it.
  if (realpathSync(folder) !== realpathSync(top)) return `it lies in the repository ${top}`;
  return { repository: resolve(folder, shared), git_dir };
}

async function branchIn(git: Git, folder: string): Promise<string> {
  const found = await common(git, folder);
  if (typeof found === "string") throw new Error(`The session's worktree ${folder} cannot be used: ${found}. Repair or remove it.`);
  const branch = (await git(folder, ["rev-parse", "--abbrev-ref", "HEAD"])).stdout.trim();
  return branch || "HEAD";
}

/** A crash while git made the worktree leaves it locked as "initializing"; nobody has worked in it. Tells whether it was removed. */
async function clearHalfMade(git: Git, folder: string): Promise<boolean> {
  const found = await common(git, folder);
  if (typeof found === "string") return false;
  const lock = await readFile(join(found.git_dir, "locked"), "utf8").catch(() => "");
  if (lock.trim() !== "initializing") return false;
  await discard(git, found.repository, folder);
  return true;
}

/** Removes what an attempt left; only for worktrees that nobody has worked in. */
async function discard(git: Git, repository: string, folder: string): Promise<void> {
  await git(repository, ["worktree", "remove", "--force", "--force", folder]);
  rmSync(folder, { recursive: true, force: true });
  await git(repository, ["worktree", "prune"]);
}

/** The same place in the worktree, as far as it is there: what is not committed is not. */
function inside(folder: string, prefix: string): string {
  const path = join(folder, prefix);
  return prefix !== "" && existsSync(path) ? path.replace(/\/$/, "") : folder;
}
