/** Where a person writes: Enter sends on a desk (never while an input method composes), the button sends everywhere. */
"use client";
import type { SlashCommand } from "@fairlead/protocol";
import { Paperclip } from "lucide-react";
import { type ClipboardEvent, type DragEvent, type KeyboardEvent, type RefObject, useLayoutEffect, useRef, useState } from "react";
import { cn } from "../../cn.ts";
import type { Attachments } from "../../hooks/use-attachments.ts";
import { useSlash } from "../../hooks/use-slash.ts";
import { commandKey, hasKeyboard, isComposing } from "../../text/keys.ts";
import { SendButton, SteerButton, StopButton, type TurnPhase } from "./ComposerButtons.tsx";
import { FileChips } from "./FileChips.tsx";
import { optionId, SLASH_MENU_ID, SlashMenu } from "./SlashMenu.tsx";

interface ComposerProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** `steer`: into the running turn. */
  readonly onSend: (steer: boolean) => void;
  readonly onStop: () => void;
  /** A turn runs; `stopping` once somebody asked for its end. */
  readonly turn: TurnPhase;
  readonly placeholder: string;
  /** Why nothing can be sent at all (a closed session); empty if it can. */
  readonly locked: string;
  readonly monospaced: boolean;
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly commands: readonly SlashCommand[];
  /** Absent where the agent takes no files. */
  readonly attachments: Attachments | undefined;
  /** The agent takes more while a turn runs. */
  readonly steers: boolean;
}

const TALLEST_PIXELS = 220;

export function Composer(props: ComposerProps) {
  const { value, onChange, onSend, onStop, turn, placeholder, locked, monospaced, field, commands, attachments, steers } = props;
  const composing = useRef(false);
  const slash = useSlash({ commands, text: value, onChange });
  const [dropping, setDropping] = useState(false);
  const files = attachments?.files.length ?? 0;
  const uploading = attachments?.incomplete ?? false;
  const nothing = value.trim() === "" && files === 0;
  const ready = !nothing && !uploading;
  const maySteer = steers && turn === "running" && ready;
  /** An agent that is offered more than words gets a line of its own for it. */
  const roomy = attachments !== undefined || commands.length > 0 || steers;

  // The field is as tall as its text, up to a bound.
  useLayoutEffect(() => {
    const area = field.current;
    if (area === null) return;
    area.style.height = "auto";
    if (value !== "") area.style.height = `${Math.min(area.scrollHeight, TALLEST_PIXELS)}px`;
  }, [value, field]);

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (isComposing(event.nativeEvent, composing.current) || slash.onKey(event)) return;
    if (event.key !== "Enter" || event.shiftKey) return;
    const command = event.ctrlKey || event.metaKey;
    if (!hasKeyboard() && !command) return;
    event.preventDefault();
    if (ready) onSend(command && maySteer);
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = [...event.clipboardData.files];
    if (attachments === undefined || pasted.length === 0) return;
    event.preventDefault();
    attachments.add(pasted);
  };
  const onDrop = (event: DragEvent) => {
    setDropping(false);
    if (attachments === undefined || event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    attachments.add([...event.dataTransfer.files]);
  };
  const onDragOver = (event: DragEvent) => {
    if (attachments === undefined || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    setDropping(true);
  };

  if (locked !== "") {
    return <p className="rounded-2xl border border-dashed px-4 py-3 text-center text-muted-foreground text-sm">{locked}</p>;
  }
  const area = (
    <textarea
      ref={field}
      rows={1}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={onKeyDown}
      onPaste={onPaste}
      onCompositionStart={() => {
        composing.current = true;
      }}
      onCompositionEnd={() => {
        composing.current = false;
      }}
      aria-label="Message"
      {...(slash.offered.length > 0
        ? { "aria-controls": SLASH_MENU_ID, "aria-activedescendant": optionId(slash.chosen), "aria-autocomplete": "list" as const }
        : {})}
      placeholder={placeholder}
      spellCheck={!monospaced}
      autoCapitalize={monospaced ? "none" : "sentences"}
      autoCorrect={monospaced ? "off" : "on"}
      className={cn(
        "min-h-11 min-w-0 resize-none bg-transparent px-2.5 py-2.5 text-base leading-6 outline-none placeholder:text-muted-foreground",
        // The field stays where it is in the page when the agent turns out to offer more: who writes in it must not lose it.
        roomy ? "basis-full" : "flex-1",
        monospaced && "font-mono md:text-sm",
        !monospaced && "md:text-[0.9375rem]",
      )}
    />
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onSend(false);
      }}
      onDragOver={onDragOver}
      onDragLeave={() => setDropping(false)}
      onDrop={onDrop}
      className={cn(
        "relative rounded-2xl border border-input bg-card p-1.5 shadow-sm focus-within:border-ring focus-within:ring-1 focus-within:ring-ring",
        dropping && "border-primary border-dashed bg-accent",
      )}
    >
      <SlashMenu {...slash} />
      {attachments !== undefined && <FileChips attachments={attachments} />}
      <div className="flex flex-wrap items-end gap-1.5">
        {area}
        {attachments !== undefined && <AttachButton onFiles={attachments.add} />}
        {commands.length > 0 && value === "" && <SlashButton onSlash={() => startCommand(field.current, onChange)} />}
        {roomy && <span className="ml-auto" />}
        <StopButton turn={turn} onStop={onStop} small={maySteer} />
        {maySteer && <SteerButton keys={`${commandKey()} Enter`} onSteer={() => onSend(true)} />}
        <SendButton disabled={!ready} queues={turn !== "none"} reason={uploading ? "The files are not uploaded yet" : ""} />
      </div>
    </form>
  );
}

function startCommand(area: HTMLTextAreaElement | null, onChange: (value: string) => void): void {
  onChange("/");
  area?.focus();
}

const QUIET =
  "inline-flex size-11 shrink-0 items-center justify-center rounded-xl text-muted-foreground hover:bg-accent hover:text-accent-foreground";

function AttachButton({ onFiles }: { readonly onFiles: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" aria-label="Attach files" title="Attach files" onClick={() => input.current?.click()} className={QUIET}>
        <Paperclip aria-hidden className="size-5" strokeWidth={1.75} />
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files to attach"
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          // So that the same file can be chosen once more.
          event.target.value = "";
        }}
      />
    </>
  );
}

function SlashButton({ onSlash }: { readonly onSlash: () => void }) {
  return (
    <button type="button" aria-label="Commands of the agent" title="Commands of the agent (/)" onClick={onSlash} className={QUIET}>
      <span aria-hidden className="font-mono text-lg leading-none">
        /
      </span>
    </button>
  );
}
