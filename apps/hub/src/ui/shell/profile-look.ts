/** How the kinds of agents look and what they are called. */
import type { Profile } from "@fairlead/protocol";
import { Bot, CirclePlay, Globe, type LucideIcon, Plug, SquareChevronRight, SquareTerminal } from "lucide-react";

interface Look {
  readonly Icon: LucideIcon;
  readonly word: string;
  /** What is written to it is a command rather than a sentence. */
  readonly asCommand: boolean;
  readonly placeholder: string;
  /** It works on files, and what it changed is worth a look of its own. */
  readonly changesFiles?: boolean;
}

const LOOKS: Readonly<Record<Profile, Look>> = {
  "generic-cli": { Icon: SquareTerminal, word: "Command line", asCommand: true, placeholder: "Type a command" },
  "generic-job": { Icon: CirclePlay, word: "Job", asCommand: true, placeholder: "Input for the job" },
  "generic-http": { Icon: Globe, word: "HTTP service", asCommand: false, placeholder: "Write a message" },
  "generic-external": { Icon: Plug, word: "External agent", asCommand: false, placeholder: "Write a message" },
  "claude-code": { Icon: Bot, word: "Claude Code", asCommand: false, placeholder: "What should it do?", changesFiles: true },
  codex: { Icon: Bot, word: "Codex", asCommand: false, placeholder: "What should it do?", changesFiles: true },
  pi: { Icon: Bot, word: "Pi", asCommand: false, placeholder: "What should it do?", changesFiles: true },
  acp: { Icon: Bot, word: "Coding agent", asCommand: false, placeholder: "What should it do?", changesFiles: true },
  terminal: { Icon: SquareChevronRight, word: "Terminal", asCommand: true, placeholder: "Type into the terminal" },
};

export function profileLook(profile: Profile): Look {
  return LOOKS[profile];
}
