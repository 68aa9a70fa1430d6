/** The slash commands offered while one is being written, and the keys that choose among them. */
"use client";
import type { SlashCommand } from "@fairlead/protocol";
import { type KeyboardEvent, useMemo, useState } from "react";
import { fittingCommands, typedCommand } from "../text/slash.ts";

export interface Slash {
  /** Empty: nothing is offered. */
  readonly offered: readonly SlashCommand[];
  readonly chosen: number;
  readonly choose: (command: SlashCommand) => void;
  /** Takes the keys of the list; returns whether it did. */
  readonly onKey: (event: KeyboardEvent) => boolean;
}

interface SlashOptions {
  readonly commands: readonly SlashCommand[];
  readonly text: string;
  readonly onChange: (text: string) => void;
}

export function useSlash({ commands, text, onChange }: SlashOptions): Slash {
  const typed = typedCommand(text);
  const [choice, setChoice] = useState({ typed, at: 0 });
  // Another text begins at the top again.
  const chosen = choice.typed === typed ? choice.at : 0;
  /** What was typed when somebody closed the list. */
  const [closed, setClosed] = useState<string | null>(null);
  const offered = useMemo(
    () => (typed === undefined || closed === typed ? [] : fittingCommands(commands, typed)),
    [commands, typed, closed],
  );
  const choose = ({ name, hint }: SlashCommand) => {
    onChange(`/${name}${hint === undefined ? "" : " "}`);
    setClosed(name);
  };
  const at = Math.min(chosen, Math.max(0, offered.length - 1));
  const move = (step: number) => setChoice({ typed, at: (at + step + offered.length) % offered.length });
  const take = (key: string): boolean => {
    const command = offered[at];
    if (key === "ArrowDown" || key === "ArrowUp") move(key === "ArrowDown" ? 1 : -1);
    else if (key === "Escape") setClosed(typed ?? null);
    // A command written to its end is sent by Enter, not completed once more.
    else if (command === undefined || !["Enter", "Tab"].includes(key) || (key === "Enter" && command.name === typed)) return false;
    else choose(command);
    return true;
  };
  const onKey = (event: KeyboardEvent) => {
    if (offered.length === 0 || event.shiftKey || !take(event.key)) return false;
    event.preventDefault();
    return true;
  };
  return { offered, chosen: at, choose, onKey };
}
