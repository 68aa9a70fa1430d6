/** Where the paths of a question really lead, so that no link takes a call around a rule. */
import { readlink, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApprovalRequested, ApprovalSubject } from "@fairlead/protocol";

/** How long all paths of a question may take (ms); a disk that is slower does not keep the person waiting. */
const DEADLINE_MS = 200;
/** Paths that a question may tell; a list of this length counts as cut. */
const MOST_PATHS = 200;
/** Links that are followed to something that is not there. */
const MOST_LINKS = 40;
const MAX_PATH = 4_096;
/** Told beside the paths of a question when nobody knows where they lead: no place, so that no rule allows it and each may refuse it. */
const SOMEWHERE = "(somewhere else)";

/**
 * The question with the real path beside each of its paths that leads elsewhere than it says. Where that cannot be told in time, it says
 * so by a path without a place. Never rejects. `folder`: where the agent works.
 */
export async function withRealPaths<Q extends ApprovalRequested>(question: Q, folder: string | undefined): Promise<Q> {
  const { paths = [], ...rest } = question.subject ?? {};
  if (paths.length === 0) return question;
  const stop = new AbortController();
  const late = sleep(DEADLINE_MS, undefined, { signal: stop.signal }).catch(() => undefined);
  const all = await Promise.race([realPaths(paths, [rest.cwd, folder, homedir()]).catch(() => undefined), late]);
  stop.abort();
  const isKnown = all?.every((path) => path.length <= MAX_PATH) === true;
  return { ...question, subject: isKnown ? { ...rest, paths: all } : withoutPlace(paths, rest) };
}

/** Only where `cwd` is left out has a path that is not absolute no place; so the others are told whole. */
function withoutPlace(paths: readonly string[], { cwd, ...rest }: ApprovalSubject): ApprovalSubject {
  const whole = paths.map((path) => (isAbsolute(path) || cwd === undefined ? path : `${cwd}/${path}`.slice(0, MAX_PATH)));
  return { ...rest, paths: [...whole.slice(0, MOST_PATHS - 1), SOMEWHERE] };
}

async function realPaths(paths: readonly string[], folders: readonly (string | undefined)[]): Promise<string[]> {
  const roots = await Promise.all([...new Set(folders)].flatMap((root) => (root === undefined || !isAbsolute(root) ? [] : [rootOf(root)])));
  const [cwd] = folders;
  const found = new Set(paths);
  for (const path of paths) {
    if (!isAbsolute(path) && cwd === undefined) continue;
    const whole = isAbsolute(path) ? path : `${cwd}/${path}`;
    // The system follows a link before a `..`, many programs do it the other way round.
    for (const one of new Set([whole, resolve(whole)])) {
      const real = named(await realOf(one), roots);
      if (real !== resolve(whole)) found.add(real);
    }
  }
  return [...found].slice(0, MOST_PATHS);
}

interface Root {
  readonly name: string;
  readonly real: string;
}

async function rootOf(name: string): Promise<Root> {
  return { name: resolve(name), real: await realOf(resolve(name)) };
}

/** The path by the name under which people know the folder it lies in: that a whole working directory lies behind a link is no way around. */
function named(real: string, roots: readonly Root[]): string {
  const root = roots.find((one) => real === one.real || real.startsWith(one.real === "/" ? "/" : `${one.real}/`));
  return root === undefined ? real : join(root.name, real.slice(root.real.length));
}

/** Where a path leads, also one to something that is not there (yet): the real path of what is, and the rest. */
async function realOf(path: string, links = 0): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined || path === dirname(path)) return real ?? path;
  const parent = await realOf(dirname(path), links);
  const target = links < MOST_LINKS ? await readlink(path).catch(() => undefined) : undefined;
  return target === undefined ? join(parent, basename(path)) : realOf(resolve(parent, target), links + 1);
}
