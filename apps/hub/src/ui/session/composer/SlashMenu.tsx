/** The agent's slash commands that fit what is being written, above the field. */
"use client";
import type { SlashCommand } from "@fairlead/protocol";
import { useEffect, useRef } from "react";
import { cn } from "../../cn.ts";
import type { Slash } from "../../hooks/use-slash.ts";

export const SLASH_MENU_ID = "slash-commands";

export function optionId(index: number): string {
  return `${SLASH_MENU_ID}-${index}`;
}

export function SlashMenu({ offered, chosen, choose }: Slash) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  if (offered.length === 0) return null;
  return (
    <div
      ref={list}
      id={SLASH_MENU_ID}
      role="listbox"
      aria-label="Commands"
      className="absolute inset-x-0 bottom-full z-20 mb-2 max-h-[min(20rem,45dvh)] overflow-y-auto overscroll-contain rounded-xl border bg-popover p-1 text-popover-foreground shadow-lg"
    >
      {offered.map((command, index) => (
        <Offer key={command.name} command={command} index={index} chosen={index === chosen} onChoose={choose} />
      ))}
    </div>
  );
}

interface OfferProps {
  readonly command: SlashCommand;
  readonly index: number;
  readonly chosen: boolean;
  readonly onChoose: (command: SlashCommand) => void;
}

function Offer({ command, index, chosen, onChoose }: OfferProps) {
  const { name, hint, description } = command;
  return (
    <button
      type="button"
      id={optionId(index)}
      role="option"
      aria-selected={chosen}
      tabIndex={-1}
      // The field keeps the focus, and with it the keyboard of a phone stays open.
      onPointerDown={(event) => event.preventDefault()}
      onClick={() => onChoose(command)}
      className={cn(
        "flex min-h-11 w-full flex-col justify-center rounded-lg px-2.5 py-1 text-left md:min-h-9 md:flex-row md:items-baseline md:justify-start md:gap-3",
        chosen && "bg-accent text-accent-foreground",
      )}
    >
      <span className="shrink-0 font-mono text-sm">
        /{name}
        {hint !== undefined && <span className="text-muted-foreground"> {hint}</span>}
      </span>
      <span className="min-w-0 truncate text-muted-foreground text-xs md:flex-1">{description}</span>
    </button>
  );
}
