/** One option of the agent as a menu: what holds, and what it may be instead. */
"use client";
import { ChevronDown, LoaderCircle } from "lucide-react";
import { Menu, MenuContent, MenuLabel, MenuRadioGroup, MenuRadioItem, MenuTrigger } from "../../components/menu.tsx";
import { type SessionOption, type SessionOptions, valueName } from "../../hooks/use-options.ts";
import { Chip } from "./Chip.tsx";
import { optionIcon } from "./option-look.ts";

interface OptionMenuProps {
  readonly shown: SessionOption;
  readonly configure: SessionOptions["configure"];
}

export function OptionMenu({ shown, configure }: OptionMenuProps) {
  const { option, pending } = shown;
  const Icon = optionIcon(option.category);
  const value = pending ?? option.current;
  return (
    <Menu>
      <MenuTrigger asChild disabled={configure === undefined}>
        <Chip title={option.name}>
          {pending === null ? (
            <Icon aria-hidden className="text-muted-foreground" strokeWidth={1.75} />
          ) : (
            <LoaderCircle aria-hidden className="text-wait motion-safe:animate-spin" />
          )}
          <span className="sr-only">{option.name}: </span>
          <span className="max-w-44 truncate">{valueName(option, value)}</span>
          {pending !== null && <span className="sr-only"> (asked for)</span>}
          <ChevronDown aria-hidden className="@2xl:block hidden text-muted-foreground" />
        </Chip>
      </MenuTrigger>
      <MenuContent align="start" className="max-h-[min(28rem,70dvh)] w-72 overflow-y-auto">
        <MenuLabel>
          {option.name}
          {pending !== null && ` — ${valueName(option, pending)} was asked for, ${valueName(option, option.current)} holds`}
        </MenuLabel>
        <MenuRadioGroup value={value} onValueChange={(next) => configure?.(option.id, next)}>
          {option.values.map(({ id, name, description }) => (
            <MenuRadioItem key={id} value={id} className="group/item flex-col items-start gap-0 py-1.5">
              <span className="group-data-[state=checked]/item:text-primary">{name}</span>
              {description !== undefined && <span className="font-normal text-muted-foreground text-xs">{description}</span>}
            </MenuRadioItem>
          ))}
        </MenuRadioGroup>
      </MenuContent>
    </Menu>
  );
}
