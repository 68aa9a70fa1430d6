/** What runs in an endpoint's terminal: its own program, or the user's login shell. */
import type { EndpointConfig, TerminalConfig, TerminalKeeping } from "@fairlead/protocol";
import type { Processes } from "../process/spawn.ts";
import { startWithMarks } from "./shell-marks.ts";

/** How an endpoint opens as a terminal. */
export interface TerminalSetup extends Readonly<Pick<TerminalKeeping, "scrollback" | "keep" | "record">> {
  readonly command: string;
  readonly args: readonly string[];
  readonly work_dir: string;
  readonly env: Readonly<Record<string, string>>;
  /** Bytes. */
  readonly ring: number;
  /** ms. */
  readonly idle_timeout: number | undefined;
}

/** The setup of an endpoint that opens as a terminal; undefined: it does not. `marks`: the folder of the shells' files, if there is one. */
export function terminalSetup(endpoint: EndpointConfig, processes: Processes, marks: string | undefined): TerminalSetup | undefined {
  if (endpoint.profile === "terminal") return ownSetup(endpoint.config, processes, marks);
  if (!opensAsTerminal(endpoint) || endpoint.open_terminal === false) return undefined;
  const { command, args, env } = endpoint.config;
  return { ...kept(endpoint.open_terminal), command, args, env, work_dir: processes.workDir(endpoint.config) };
}

/** Whether a chat agent's program may be opened in a terminal: it has one, and the config allows it. */
export function opensAsTerminal(endpoint: EndpointConfig): endpoint is Exclude<EndpointConfig, { profile: "generic-http" | "terminal" }> {
  return endpoint.open_terminal !== false && endpoint.profile !== "generic-http" && endpoint.profile !== "terminal";
}

function ownSetup(config: TerminalConfig, processes: Processes, marks: string | undefined): TerminalSetup {
  const { env } = config;
  const command = config.command ?? processes.loginShell();
  // A shell that somebody gave arguments is started just so.
  const isBare = config.args.length === 0;
  const marked = isBare && config.shell_integration && marks !== undefined ? startWithMarks(command, marks, env) : undefined;
  return {
    ...kept(config),
    command,
    args: marked?.args ?? (isBare && config.command === undefined ? ["-l"] : config.args),
    env: { ...env, ...marked?.env },
    work_dir: processes.workDir(config),
  };
}

function kept({ ring, scrollback, idle_timeout, record, keep }: TerminalKeeping) {
  return { ring, scrollback, idle_timeout, record, keep };
}
