/** What runs in an endpoint's terminal: its own program, or the user's login shell. */
import type { EndpointConfig, TerminalConfig } from "@fairlead/protocol";
import type { Processes } from "../process/spawn.ts";
import { startWithMarks } from "./shell-marks.ts";

/** How an endpoint opens as a terminal. */
export interface TerminalSetup {
  readonly command: string;
  readonly args: readonly string[];
  readonly work_dir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly ring: number;
  readonly scrollback: number;
  /** ms. */
  readonly idle_timeout: number | undefined;
  readonly record: boolean;
  /** Who keeps it: the runtime itself, or a holder that outlives it. */
  readonly keep: TerminalConfig["keep"];
}

const DEFAULTS = { ring: 1024 * 1024, scrollback: 10_000, record: false, keep: "none" as const };

/** The setup of an endpoint that opens as a terminal; undefined: it does not. `marks`: the folder of the shells' files, if there is one. */
export function terminalSetup(endpoint: EndpointConfig, processes: Processes, marks: string | undefined): TerminalSetup | undefined {
  if (endpoint.profile === "terminal") return ownSetup(endpoint.config, processes, marks);
  if (!opensAsTerminal(endpoint)) return undefined;
  const { command, args, env } = endpoint.config;
  return { ...DEFAULTS, command, args, env, work_dir: processes.workDir(endpoint.config), idle_timeout: undefined };
}

/** Whether a chat agent's program may be opened in a terminal: it has one, and the config allows it. */
export function opensAsTerminal(endpoint: EndpointConfig): endpoint is Exclude<EndpointConfig, { profile: "generic-http" | "terminal" }> {
  return endpoint.open_terminal && endpoint.profile !== "generic-http" && endpoint.profile !== "terminal";
}

function ownSetup(config: TerminalConfig, processes: Processes, marks: string | undefined): TerminalSetup {
  const { ring, scrollback, idle_timeout, record, keep, env } = config;
  const command = config.command ?? processes.loginShell();
  // A shell that somebody gave arguments is started just so.
  const isBare = config.args.length === 0;
  const marked = isBare && config.shell_integration && marks !== undefined ? startWithMarks(command, marks, env) : undefined;
  return {
    command,
    args: marked?.args ?? (isBare && config.command === undefined ? ["-l"] : config.args),
    env: { ...env, ...marked?.env },
    work_dir: processes.workDir(config),
    ring,
    scrollback,
    idle_timeout,
    record,
    keep,
  };
}
