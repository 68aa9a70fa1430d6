/** Git worktrees of sessions: an agent works beside the people's own checkout, and nothing it made is ever thrown away. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Processes } from "../process/spawn.ts";
import type { Worktrees } from "./workspace.ts";

/** How long one call of git may take (ms); making a worktree of a large repository takes the longest. */
const GIT_LIMIT_MS = 120_000;

export interface WorktreesOptions {
  readonly processes: Processes;
  readonly data_dir: string;
}

interface GitAnswer {
  readonly ok: boolean;
  readonly said: string;
}

/** A session's worktree lies at `<data_dir>/worktrees/<session id>`, on a branch named after the session. */
export function createWorktrees({ processes, data_dir }: WorktreesOptions): Worktrees {
  const pathOf = (sessionId: string) => join(data_dir, "worktrees", encodeURIComponent(sessionId));
  const branchOf = (sessionId: string) => `fairlead/${sessionId.slice(0, 8).replaceAll(/[^A-Za-z0-9_-]/g, "-")}`;

  async function git(work_dir: string, ...args: readonly string[]): Promise<GitAnswer> {
    // A prompt for a password would wait for ever, and another language would hide what went wrong.
    const env = { GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" };
    const started = await processes.start({ command: "git", args, work_dir, env }, { grace: 1_000 });
    if (!started.ok) return { ok: false, said: started.error.message };
    const { process } = started;
    process.stdin.end();
    const limit = setTimeout(() => void process.stop(["SIGKILL"]), GIT_LIMIT_MS);
    const [out, err, exit] = await Promise.all([text(process.stdout), text(process.stderr), process.exited]);
    clearTimeout(limit);
    return exit.code === 0 ? { ok: true, said: out.trim() } : { ok: false, said: (err.trim() || out.trim()).slice(0, 1_000) };
  }

  async function must(work_dir: string, ...args: readonly string[]): Promise<string> {
    const { ok, said } = await git(work_dir, ...args);
    if (!ok) throw new Error(`git ${args[0]} failed in ${work_dir}: ${said}`);
    return said;
  }

  async function add(work_dir: string, path: string, branch: string): Promise<void> {
    const { ok, said } = await git(work_dir, "rev-parse", "--show-toplevel");
    if (!ok) throw new Error(`A worktree needs a git repository, and ${work_dir} is none: ${said}`);
    const head = await git(work_dir, "rev-parse", "--verify", "HEAD");
    if (!head.ok) throw new Error(`The repository at ${said} has no commit yet; a worktree begins at one.`);
    await mkdir(join(data_dir, "worktrees"), { recursive: true, mode: 0o700 });
    // Git remembers a worktree whose folder somebody deleted, and would refuse its place and its branch.
    await git(work_dir, "worktree", "prune");
    const exists = (await git(work_dir, "rev-parse", "--verify", `refs/heads/${branch}`)).ok;
    await must(work_dir, "worktree", "add", ...(exists ? [path, branch] : ["-b", branch, path, "HEAD"]));
  }

  /** Why removing it would lose something, or undefined. */
  async function findLoss(path: string): Promise<string | undefined> {
    if ((await must(path, "status", "--porcelain")) !== "") return "it has changes that are not committed.";
    const elsewhere = ["--not", "--exclude", await must(path, "symbolic-ref", "--short", "HEAD"), "--branches", "--remotes"];
    const only = await must(path, "rev-list", "--count", "HEAD", ...elsewhere);
    return only === "0" ? undefined : `it has ${only === "1" ? "a commit" : `${only} commits`} that no other branch has.`;
  }

  return {
    async ensure(sessionId, workDir) {
      const path = pathOf(sessionId);
      if (!existsSync(path)) await add(workDir, path, branchOf(sessionId));
      return { path, branch: await must(path, "symbolic-ref", "--short", "HEAD") };
    },
    async release(sessionId) {
      const path = pathOf(sessionId);
      if (!existsSync(path)) return undefined;
      const loss = await findLoss(path).catch((error: unknown) => String(error instanceof Error ? error.message : error));
      if (loss !== undefined) return { removed: false, path, reason: loss };
      const branch = await must(path, "symbolic-ref", "--short", "HEAD");
      const repository = await must(path, "rev-parse", "--path-format=absolute", "--git-common-dir");
      await must(repository, "worktree", "remove", path);
      await must(repository, "branch", "-D", branch);
      return { removed: true };
    },
  };
}
