/** Slash commands: which ones fit what is being written, and what choosing one makes of it. */
import type { SlashCommand } from "@fairlead/protocol";

/** Commands offered at once. */
const MOST_OFFERED = 50;

/** The beginning of a command that is being written, without the slash; undefined where no command is. */
export function typedCommand(text: string): string | undefined {
  return /^\/(\S*)$/.exec(text)?.[1];
}

/** Commands that fit, the best first: by the beginning of their name, then by any part of it, then by their description. */
export function fittingCommands(commands: readonly SlashCommand[], typed: string): readonly SlashCommand[] {
  const word = typed.toLowerCase();
  const rank = ({ name, description }: SlashCommand) => {
    const lower = name.toLowerCase();
    if (lower.startsWith(word)) return 0;
    if (lower.includes(word)) return 1;
    return description.toLowerCase().includes(word) ? 2 : 3;
  };
  return commands
    .map((command) => ({ command, place: rank(command) }))
    .filter(({ place }) => place < 3)
    .sort((a, b) => a.place - b.place || a.command.name.localeCompare(b.command.name))
    .slice(0, MOST_OFFERED)
    .map(({ command }) => command);
}
