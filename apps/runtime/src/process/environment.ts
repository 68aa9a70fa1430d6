/** What children see of the runtime's own environment, and the user's shell. */
import { userInfo } from "node:os";
import { CHILD_MARKER } from "./sweep.ts";

const INHERITED = new Set(["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR", "TERM"]);

/** Where commands are looked for when the runtime itself has no PATH. */
export const DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

export interface EnvironmentSource {
  /** Marks every child, so that leftovers can be told from strangers. */
  readonly instance: string;
  /** The runtime's own environment, of which children get the allow-listed part. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The allow-listed part of an environment. */
export function inheritedEnvironment(env: EnvironmentSource["env"]): Record<string, string> {
  const inherited = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && (INHERITED.has(entry[0]) || entry[0].startsWith("LC_")),
  );
  return { PATH: DEFAULT_PATH, ...Object.fromEntries(inherited) };
}

/** The environment of a child: the allow-listed part of the runtime's own, what its config adds, and the mark of this runtime. */
export function childEnvironment(source: EnvironmentSource, added: Readonly<Record<string, string>>): Record<string, string> {
  return { ...inheritedEnvironment(source.env), ...added, [CHILD_MARKER]: source.instance };
}

/** The environment of a program in a terminal. */
export function terminalEnvironment(source: EnvironmentSource, added: Readonly<Record<string, string>>): Record<string, string> {
  return { LANG: "C.UTF-8", ...childEnvironment(source, added), TERM: "xterm-256color", COLORTERM: "truecolor" };
}

/** The user's login shell: as the system says, else as the environment says. */
export function loginShell(env: Readonly<Record<string, string | undefined>>): string {
  return systemShell() ?? env.SHELL ?? "/bin/sh";
}

function systemShell(): string | undefined {
  try {
    const { shell } = userInfo();
    return shell === null || shell === "" ? undefined : shell;
  } catch {
    // A container may run under a user id that no account has.
    return undefined;
  }
}
