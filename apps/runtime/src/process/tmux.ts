/** Programs in tmux, each in a server of its own that lives on while nobody is attached. The one place that speaks to tmux. */
import { rmSync } from "node:fs";
import type { TerminalSize } from "@fairlead/protocol";
import { type CommandResult, complaintOf, runCommand } from "./command.ts";
import { DEFAULT_PATH, type EnvironmentSource, inheritedEnvironment, terminalEnvironment } from "./environment.ts";
import type { PtySpec } from "./pty.ts";
import type { Processes } from "./spawn.ts";
import { stopSession } from "./terminal-session.ts";
import { which } from "./which.ts";

/** The oldest that knows all options below. */
const OLDEST = { major: 3, minor: 3 };
/** How long a command may take (ms). */
const LIMIT_MS = 5_000;

/**
 * What a server is told before its program starts. Every key goes to the program: there is no prefix and no binding but the wheel's, which
 * scrolls back where the program does not want it; the next key ends that and is the program's, too.
 */
const OPTIONS: readonly (readonly string[])[] = [
  ["set", "-g", "status", "off"],
  ["set", "-g", "prefix", "None"],
  ["set", "-g", "mode-keys", "emacs"],
  ["set", "-g", "mouse", "on"],
  ...["root", "prefix", "copy-mode"].map((table) => ["unbind", "-a", "-T", table]),
  ["bind", "-n", "WheelUpPane", "if", "-F", "#{mouse_any_flag}", "send -M", "if -F '#{alternate_on}' 'send -N3 Up' 'copy-mode -e'"],
  ["bind", "-n", "WheelDownPane", "if", "-F", "#{mouse_any_flag}", "send -M", "if -F '#{alternate_on}' 'send -N3 Down'"],
  ["bind", "-T", "copy-mode", "WheelUpPane", "send", "-N3", "-X", "scroll-up"],
  ["bind", "-T", "copy-mode", "WheelDownPane", "send", "-N3", "-X", "scroll-down"],
  ["bind", "-T", "copy-mode", "Any", "send -X cancel ; send"],
  // Long enough for the rest of a key that the kernel gave in two pieces.
  ["set", "-s", "escape-time", "10"],
  ["set", "-s", "focus-events", "on"],
  ["set", "-s", "set-clipboard", "on"],
  ["set", "-as", "terminal-features", ",xterm-256color:RGB"],
  ["set", "-g", "allow-passthrough", "on"],
  ["set", "-g", "set-titles", "on"],
  ["set", "-g", "set-titles-string", "#T"],
  ["set", "-g", "window-size", "latest"],
  // Whoever attaches brings nothing of their own environment.
  ["set", "-g", "update-environment", ""],
  ["set", "-g", "default-shell", "/bin/sh"],
  ["set", "-g", "remain-on-exit-format", ""],
];

/**
 * Runs the program and leaves its exit code with the server, for one who is not there or comes later; then lets go of whoever is attached,
 * without tmux's farewell. tmux's own notion of an exit code hangs on a signal that it misses at times. `$0` is tmux, `$1` the user's shell,
 * which tmux takes its own for.
 */
const WRAPPER =
  'SHELL="$1"; shift; [ -n "$SHELL" ] || unset SHELL; trap : HUP INT QUIT TERM; "$@"; "$0" set -g @exit $? \\; set -w remain-on-exit on \\; detach-client -s \'$0\' -E :';
/** The program's pane, and its session: the first of their server. */
const PANE = "%0";
const SESSION = "$0";

const FACTS = ["#{pane_pid}", "#{window_width}", "#{window_height}", "#{@exit}", "#{@recorded}", "#{@note}"].join("|");

export interface TmuxProgram extends PtySpec {
  /** Lines kept above the screen. */
  readonly scrollback: number;
  readonly note: string;
  readonly isRecorded: boolean;
}

/** What a server says; `gone`: there is none any more, or not its program; `silent`: nobody can tell. */
export type TmuxFacts =
  | {
      readonly kind: "open";
      /** The session of processes that the program runs in. */
      readonly pid: number;
      readonly size: TerminalSize;
      /** The program has ended. */
      readonly exit_code: number | undefined;
      readonly isRecorded: boolean;
      readonly note: string;
    }
  | { readonly kind: "gone" }
  | { readonly kind: "silent" };

/** Servers are named by their sockets. */
export interface Tmux {
  /** Starts a server with its program; rejects with an Error for people. */
  start(socket: string, program: TmuxProgram): Promise<void>;
  facts(socket: string): Promise<TmuxFacts>;
  /** What it should remember; rejects with an Error when it does not. */
  remember(socket: string, facts: { readonly note?: string; readonly isRecorded?: boolean }): Promise<void>;
  /** The screen as bytes that draw it, without the empty lines at its end. */
  screen(socket: string): Promise<string>;
  /** The command line that shows the program in a terminal. */
  attach(socket: string): { readonly command: string; readonly args: readonly string[] };
  /** Hangs up what runs there, then TERM, then KILL, each after `grace` (ms); tells what the server said before it ended. */
  end(socket: string, grace: number): Promise<TmuxFacts>;
}

/** Why there can be no terminals in tmux here and what to do about it, or undefined. */
export async function tmuxFault(processes: Processes): Promise<string | undefined> {
  const wanted = `tmux ${OLDEST.major}.${OLDEST.minor} or newer`;
  const remedy = 'Install it, e.g. with "apt install tmux", or set "keep" to "holder" or "none" in the runtime\'s config.';
  const said = await runCommand(processes, { command: "tmux", args: ["-V"], env: {} }, { limit: LIMIT_MS }).catch(() => undefined);
  if (said?.code !== 0) return `Its terminals are kept in tmux ("keep": "tmux"), which was not found: it needs ${wanted}. ${remedy}`;
  // A name without a number is a newest state, e.g. "tmux master".
  const [, major, minor] = /(\d+)\.(\d+)/.exec(said.stdout) ?? [];
  const isOld = Number(major) < OLDEST.major || (Number(major) === OLDEST.major && Number(minor) < OLDEST.minor);
  return isOld
    ? `Its terminals are kept in tmux ("keep": "tmux"), and "${said.stdout.trim()}" is too old: it needs ${wanted}. ${remedy}`
    : undefined;
}

/** Binds tmux to one runtime instance. */
export function createTmux(processes: Processes, source: EnvironmentSource): Tmux {
  const flags = (socket: string) => ["-u", "-S", socket, "-f", "/dev/null"];

  function run(socket: string, args: readonly string[], where: { work_dir?: string; env?: Record<string, string> } = {}) {
    const { work_dir = "/", env = {} } = where;
    return runCommand(processes, { command: "tmux", args: [...flags(socket), ...args], work_dir, env }, { limit: LIMIT_MS });
  }

  async function ask(socket: string, args: readonly string[]): Promise<string> {
    const said = await run(socket, args);
    if (said.code !== 0) throw new Error(complaintOf(said, "tmux"));
    return said.stdout;
  }

  async function facts(socket: string): Promise<TmuxFacts> {
    const said = await run(socket, ["display-message", "-p", "-t", PANE, FACTS]).catch(() => undefined);
    if (said?.code === 0) return readFacts(said.stdout);
    return said !== undefined && isGone(said) ? { kind: "gone" } : { kind: "silent" };
  }

  return {
    async start(socket, { command, args, work_dir, env, size, scrollback, note, isRecorded }) {
      const path = inheritedEnvironment(source.env).PATH ?? DEFAULT_PATH;
      const own = terminalEnvironment(source, env);
      const tmux = (await which("tmux", { path, cwd: work_dir })) ?? "tmux";
      // The shell around it would take a bare name for one of its own commands first.
      const file = (await which(command, { path: own.PATH ?? path, cwd: work_dir })) ?? command;
      const commands = [
        ["start-server"],
        ...OPTIONS,
        ["set", "-g", "history-limit", String(scrollback)],
        ["set", "-g", "@note", note],
        ["set", "-g", "@recorded", isRecorded ? "1" : ""],
        ["new-session", "-d", "-s", "terminal", "-x", String(size.cols), "-y", String(size.rows)],
      ];
      const program = ["/bin/sh", "-c", WRAPPER, tmux, own.SHELL ?? "", file, ...args].map(literal);
      const words = [...commands.flatMap((one, index) => (index === 0 ? one : [";", ...one])), ...program];
      const said = await run(socket, words, { work_dir, env: own });
      if (said.code !== 0) throw new Error(`tmux cannot start the terminal: ${complaintOf(said, "tmux")}`);
    },
    facts,
    async remember(socket, { note, isRecorded }) {
      if (note !== undefined) await ask(socket, ["set", "-g", "@note", note]);
      if (isRecorded !== undefined) await ask(socket, ["set", "-g", "@recorded", isRecorded ? "1" : ""]);
    },
    async screen(socket) {
      const shown = await ask(socket, ["capture-pane", "-p", "-e", "-t", PANE]);
      return shown.trimEnd().replaceAll("\n", "\r\n");
    },
    attach: (socket) => ({ command: "tmux", args: [...flags(socket), "attach-session", "-t", SESSION] }),
    async end(socket, grace) {
      const panes = await ask(socket, ["list-panes", "-a", "-F", "#{pane_pid} #{pane_dead}"]).catch(() => "");
      // The number of one that is dead may be another's by now.
      const running = panes.split("\n").flatMap((line) => /^(\d+) 0$/.exec(line)?.[1] ?? []);
      await Promise.all(running.map((pid) => stopSession(Number(pid), grace)));
      const last = await facts(socket);
      if (last.kind === "open") await run(socket, ["kill-server"]).catch(() => undefined);
      if (last.kind !== "silent") rmSync(socket, { force: true });
      return last;
    },
  };
}

function readFacts(said: string): TmuxFacts {
  const [pid, cols, rows, exit, recorded, note = ""] = said.trimEnd().split("|");
  if (Number(pid) <= 1 || Number.isNaN(Number(pid))) return { kind: "gone" };
  const exit_code = exit === "" || exit === undefined ? undefined : Number(exit);
  return {
    kind: "open",
    pid: Number(pid),
    size: { cols: Number(cols), rows: Number(rows) },
    exit_code,
    isRecorded: recorded === "1",
    note,
  };
}

function isGone({ code, stderr }: CommandResult): boolean {
  return code !== undefined && /no server running|No such file|refused|can't find|server exited|lost server/.test(stderr);
}

/** A word that tmux does not take for the end of its command. */
function literal(word: string): string {
  return word.endsWith(";") ? `${word.slice(0, -1)}\\;` : word;
}
