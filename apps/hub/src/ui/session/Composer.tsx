/** Where a person writes: Enter sends on a desk (never while an input method composes), the button sends everywhere. */
"use client";
import { ArrowUp, Square } from "lucide-react";
import { type KeyboardEvent, type RefObject, useLayoutEffect, useRef } from "react";
import { cn } from "../cn.ts";
import { hasKeyboard, isComposing } from "../text/keys.ts";

interface ComposerProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onSend: () => void;
  readonly onStop: () => void;
  /** A turn runs; `stopping` once somebody asked for its end. */
  readonly turn: "none" | "running" | "stopping";
  readonly placeholder: string;
  /** Why nothing can be sent at all (a closed session); empty if it can. */
  readonly locked: string;
  readonly monospaced: boolean;
  readonly field: RefObject<HTMLTextAreaElement | null>;
}

const TALLEST_PIXELS = 220;

export function Composer(props: ComposerProps) {
  const { value, onChange, onSend, onStop, turn, placeholder, locked, monospaced, field } = props;
  const composing = useRef(false);
  const empty = value.trim() === "";

  // The field is as tall as its text, up to a bound.
  useLayoutEffect(() => {
    const area = field.current;
    if (area === null) return;
    area.style.height = "auto";
    if (value !== "") area.style.height = `${Math.min(area.scrollHeight, TALLEST_PIXELS)}px`;
  }, [value, field]);

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== "Enter" || event.shiftKey || isComposing(event.nativeEvent, composing.current)) return;
    if (!hasKeyboard() && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    if (!empty) onSend();
  };

  if (locked !== "") {
    return <p className="rounded-2xl border border-dashed px-4 py-3 text-center text-muted-foreground text-sm">{locked}</p>;
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!empty) onSend();
      }}
      className="flex items-end gap-1.5 rounded-2xl border border-input bg-card p-1.5 shadow-sm focus-within:border-ring focus-within:ring-1 focus-within:ring-ring"
    >
      <textarea
        ref={field}
        rows={1}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
        onCompositionStart={() => {
          composing.current = true;
        }}
        onCompositionEnd={() => {
          composing.current = false;
        }}
        aria-label="Message"
        placeholder={placeholder}
        spellCheck={!monospaced}
        autoCapitalize={monospaced ? "none" : "sentences"}
        autoCorrect={monospaced ? "off" : "on"}
        className={cn(
          "min-h-11 min-w-0 flex-1 resize-none bg-transparent px-2.5 py-2.5 text-base leading-6 outline-none placeholder:text-muted-foreground",
          monospaced && "font-mono md:text-sm",
          !monospaced && "md:text-[0.9375rem]",
        )}
      />
      {turn !== "none" && (
        <button
          type="button"
          onClick={onStop}
          disabled={turn === "stopping"}
          className="inline-flex h-11 shrink-0 items-center justify-center gap-2 rounded-xl border px-3.5 font-medium text-sm transition-colors hover:bg-accent hover:text-accent-foreground disabled:text-muted-foreground"
        >
          <Square aria-hidden className={cn("size-3.5 fill-current", turn === "running" && "text-bad")} />
          {turn === "stopping" ? "Stopping…" : "Stop"}
        </button>
      )}
      <button
        type="submit"
        disabled={empty}
        aria-label="Send"
        title="Send"
        className="inline-flex size-11 shrink-0 items-center justify-center rounded-xl bg-primary text-primary-foreground transition-colors hover:bg-primary/90 disabled:bg-muted disabled:text-muted-foreground"
      >
        <ArrowUp aria-hidden className="size-5" />
      </button>
    </form>
  );
}
