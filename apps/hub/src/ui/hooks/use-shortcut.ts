/** A key for the whole page, taken only when nobody is writing (unless asked otherwise). */
"use client";
import { useEffect, useRef } from "react";
import { isWriting } from "../text/keys.ts";

interface ShortcutOptions {
  /** With Ctrl, or Cmd on a Mac. */
  readonly command?: boolean;
  /** Also while a field is being written in. */
  readonly always?: boolean;
  readonly disabled?: boolean;
  /** Whether the press is ours; else it is left alone. */
  readonly when?: (target: EventTarget | null) => boolean;
}

export function useShortcut(key: string, action: () => void, options: ShortcutOptions = {}): void {
  const latest = useRef(action);
  latest.current = action;
  const fits = useRef(options.when);
  fits.current = options.when;
  const { command = false, always = false, disabled = false } = options;
  useEffect(() => {
    if (disabled) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== key.toLowerCase() || event.defaultPrevented || event.isComposing) return;
      if (command !== (event.ctrlKey || event.metaKey) || event.altKey) return;
      if (!always && isWriting(event.target)) return;
      if (fits.current?.(event.target) === false) return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [key, command, always, disabled]);
}
