/** Programs whose arguments are another command: which one, as far as their words tell. */
import type { CommandWord } from "./command-line.ts";

const SHELL = /^(?:ba|da|z|k|a|mk)?sh$/;
/** Programs that hand a line to a shell: the words after their options, joined. */
const LINE_RUNNERS: ReadonlySet<string> = new Set(["eval", "watch", "parallel"]);
/** Programs that start a shell of somebody's, or with `-u` a command. */
const LOGINS: ReadonlySet<string> = new Set(["su", "runuser"]);
/** Options that all shells read alike: a last `o` takes the next word. Of others it cannot be told where they end. */
const SHELL_OPTION = /^(?:-[a-np-zA-NP-Z]*o?|--(?:login|norc|noprofile|posix))$/;
/** Programs that run the words after their own options. */
const WRAPPERS: ReadonlySet<string> = new Set([
  "sudo",
  "doas",
  "env",
  "command",
  "builtin",
  "exec",
  "nohup",
  "nice",
  "ionice",
  "time",
  "timeout",
  "gtimeout",
  "stdbuf",
  "setsid",
  "xargs",
  "parallel",
  "busybox",
  "chroot",
  "unshare",
  "nsenter",
  "strace",
  "ltrace",
  "flock",
  "chrt",
  "taskset",
  "caffeinate",
  "runuser",
  "su",
  "npx",
  "bunx",
]);
/** Options of wrappers that take the word after them. */
const VALUED: Readonly<Record<string, RegExp>> = {
  sudo: /^-[ugUhpCTrtDR]$|^--(?:user|group|host|prompt|chdir|role|type|chroot)$/,
  doas: /^-[uC]$/,
  env: /^-[uC]$|^--(?:unset|chdir)$/,
  timeout: /^-[sk]$|^--(?:signal|kill-after)$/,
  nice: /^-n$|^--adjustment$/,
  xargs: /^-[aEIJLnPRsd]$|^--(?:arg-file|delimiter|max-args|max-procs|max-lines|max-chars)$/,
};
/** What may stand between a wrapper and its command: options, settings, numbers and durations. */
const NO_COMMAND = /^(?:-.*|[A-Za-z_]\w*=.*|[\d.]+[smhd]?)$/s;
/** Words of a wrapper that are tried as the beginning of its command. */
const MOST_TRIED = 32;

/** The program's name without its folder; empty where it is not known. */
export function nameOf(words: readonly CommandWord[]): string {
  const name = words[0] ?? "";
  return name.slice(name.lastIndexOf("/") + 1);
}

/** The text that a shell is told to run; null: it is known only when it runs; undefined: no such thing. */
export function scriptOf(words: readonly CommandWord[]): string | null | undefined {
  const name = nameOf(words);
  const rest = words.slice(1);
  if (LINE_RUNNERS.has(name)) {
    const line = rest.slice(commandAt(words) - 1);
    return line.includes(null) ? null : line.join(" ");
  }
  if (name === "env" && rest.some((word) => word !== null && /^(?:-[^-]*S|--s)/.test(word))) return null;
  if (LOGINS.has(name)) return scriptOfLogin(rest);
  return SHELL.test(name) ? scriptOfShell(rest) : undefined;
}

/** What follows the options if `-c` is one of them; a shell without a file or a text reads what it is given. */
function scriptOfShell(rest: readonly CommandWord[]): string | null | undefined {
  let takesText = false;
  let readsInput = false;
  let at = 0;
  for (let word = rest[at]; typeof word === "string" && /^[-+]/.test(word); word = rest[at]) {
    at += 1;
    if (word === "-" || word === "--") break;
    if (!SHELL_OPTION.test(word)) return null;
    takesText ||= /^-[^-]*c/.test(word);
    readsInput ||= /^-[^-]*s/.test(word);
    if (/^-[^-]*o$/.test(word)) at += 1;
  }
  const first = rest[at] ?? null;
  if (takesText) return first;
  return first === null || readsInput ? null : undefined;
}

function scriptOfLogin(rest: readonly CommandWord[]): string | null | undefined {
  const at = rest.findIndex((word) => word !== null && (/^-[a-z]*c$/.test(word) || word === "--command"));
  if (at >= 0) return rest[at + 1] ?? null;
  return rest.includes("-u") || rest.includes("--user") ? undefined : null;
}

/** Whether the words are a trusted shell that runs one text and nothing else. */
export function isPlainShell(words: readonly CommandWord[]): boolean {
  const [shell, ...rest] = words;
  if (typeof shell !== "string" || !/^(?:\/bin\/|\/usr\/bin\/|\/usr\/local\/bin\/)?(?:bash|sh|zsh|dash)$/.test(shell)) return false;
  const options = rest.slice(0, -1).join(" ");
  return options === "-c" || options === "-lc" || options === "-l -c";
}

/** The commands that a wrapper runs. Where its own options end is a guess, so that every later word is tried, too. */
export function runBy(words: readonly CommandWord[]): { readonly words: readonly CommandWord[]; readonly sure: boolean }[] {
  const name = nameOf(words);
  if (name === "find") return runByFind(words);
  if (!WRAPPERS.has(name)) return [];
  const first = commandAt(words);
  return words
    .slice(1, MOST_TRIED)
    .map((_, index) => index + 1)
    .map((index) => ({ words: words.slice(index), sure: index === first }));
}

/** Where the words after the program's own options begin. */
function commandAt(words: readonly CommandWord[]): number {
  const valued = VALUED[nameOf(words)];
  let at = 1;
  for (let word = words[at]; typeof word === "string" && NO_COMMAND.test(word); word = words[at]) {
    at += valued?.test(word) === true ? 2 : 1;
    if (word === "--") break;
  }
  return at;
}

function runByFind(words: readonly CommandWord[]): { readonly words: readonly CommandWord[]; readonly sure: boolean }[] {
  return words.flatMap((word, index) => {
    if (word === null || !/^-(?:exec|execdir|ok|okdir)$/.test(word)) return [];
    const after = words.slice(index + 1);
    const end = after.findIndex((part) => part === ";" || part === "+");
    return [{ words: end < 0 ? after : after.slice(0, end), sure: true }];
  });
}
