/** What is known of a real agent program: where it lies in its package and how it is made to talk to the scripted model alone. */
import type { CliName } from "./versions.ts";

export interface AgentCli {
  readonly name: CliName;
  /** The program file, relative to the folder of `install`: a native executable, or a script for Node. */
  readonly program: string;
  /** Arguments that are part of the program's name, not of how it is used. */
  readonly args: readonly string[];
  /** Environment variables that this agent needs. `folder`: where it is installed. */
  environment(place: Place, folder: string): Readonly<Record<string, string>>;
  /** Files to write before it starts: path relative to its home → content. */
  files(place: Place): Readonly<Record<string, string>>;
}

/** Where one run of an agent lives. */
export interface Place {
  /** An empty folder that is thrown away: its home. */
  readonly home: string;
  /** The scripted model, e.g. `http://127.0.0.1:4000`. */
  readonly modelUrl: string;
}

export const MODEL = "mock-model";

/** What native packages call this machine, e.g. `linux-x64`. */
export const MACHINE = `${process.platform}-${process.arch}`;

export function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
