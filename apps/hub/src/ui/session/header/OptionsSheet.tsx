/** All options of the agent in one sheet, for thumbs; below them what is known about the session. */
"use client";
import { Check, LoaderCircle } from "lucide-react";
import { useId } from "react";
import { cn } from "../../cn.ts";
import { Dialog, DialogContent } from "../../components/dialog.tsx";
import { type SessionOption, type SessionOptions, valueName } from "../../hooks/use-options.ts";
import { SessionDetails, type SessionDetailsProps } from "./SessionDetails.tsx";

interface OptionsSheetProps extends SessionOptions, SessionDetailsProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

export function OptionsSheet({ open, onOpenChange, options, configure, ...details }: OptionsSheetProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent title={options.length === 0 ? "This session" : "Options of this session"}>
        <div className="flex flex-col gap-5 overflow-y-auto overscroll-contain px-5 pt-2 pb-6">
          {options.map((shown) => (
            <OptionGroup key={shown.option.id} shown={shown} configure={configure} />
          ))}
          <SessionDetails {...details} />
        </div>
      </DialogContent>
    </Dialog>
  );
}

function OptionGroup({ shown, configure }: { readonly shown: SessionOption; readonly configure: SessionOptions["configure"] }) {
  const { option, pending } = shown;
  const name = useId();
  const value = pending ?? option.current;
  return (
    <fieldset disabled={configure === undefined} className="flex flex-col gap-1">
      <legend className="mb-1 flex items-center gap-2 font-medium text-sm">
        {option.name}
        {pending !== null && (
          <span className="inline-flex items-center gap-1 font-normal text-wait text-xs">
            <LoaderCircle aria-hidden className="size-3.5 motion-safe:animate-spin" />
            asked for; {valueName(option, option.current)} holds
          </span>
        )}
      </legend>
      {option.values.map(({ id, name: words, description }) => {
        const chosen = id === value;
        return (
          <label
            key={id}
            className={cn(
              "flex min-h-11 cursor-pointer items-center gap-2.5 rounded-lg border px-3 py-1.5 text-sm has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-ring",
              chosen ? "border-primary/60 bg-accent text-accent-foreground" : "hover:bg-accent/60",
            )}
          >
            <input type="radio" name={name} checked={chosen} onChange={() => configure?.(option.id, id)} className="sr-only" />
            <span className="min-w-0 flex-1">
              <span className="block">{words}</span>
              {description !== undefined && <span className="block text-muted-foreground text-xs">{description}</span>}
            </span>
            {chosen && <Check aria-hidden className="size-4 shrink-0 text-primary" />}
          </label>
        );
      })}
    </fieldset>
  );
}
