/** Finds text in a terminal and its history: forward, backward, with what was found marked. */
"use client";
import type { ISearchOptions } from "@xterm/addon-search";
import { ChevronDown, ChevronUp, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Button } from "../components/button.tsx";
import { Input } from "../components/input.tsx";
import type { Screen } from "./screen/screen.ts";

const MARKS: ISearchOptions["decorations"] = {
  matchBackground: "#7a5b00",
  matchOverviewRuler: "#c79a1a",
  activeMatchBackground: "#b45309",
  activeMatchColorOverviewRuler: "#f59e0b",
};

/** The whole history is searched: not at each key, but when none came for so long (ms), or at Enter. */
const TYPING_MS = 150;

interface SearchBarProps {
  readonly screen: Screen;
  readonly onClose: () => void;
}

export function SearchBar({ screen, onClose }: SearchBarProps) {
  const [words, setWords] = useState("");
  const soon = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [found, setFound] = useState({ index: -1, count: 0 });
  const field = useRef<HTMLInputElement>(null);
  const { search } = screen.addons;
  useEffect(() => {
    field.current?.focus();
    const results = search.onDidChangeResults(({ resultIndex, resultCount }) => setFound({ index: resultIndex, count: resultCount }));
    return () => {
      clearTimeout(soon.current);
      results.dispose();
      search.clearDecorations();
    };
  }, [search]);
  const find = (step: -1 | 1, text = words, incremental = false) => {
    clearTimeout(soon.current);
    if (text === "") return search.clearDecorations();
    const options = { decorations: MARKS, incremental };
    if (step > 0) search.findNext(text, options);
    else search.findPrevious(text, options);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") find(event.shiftKey ? 1 : -1);
    if (event.key === "Escape") {
      event.stopPropagation();
      onClose();
    }
  };
  const count = words === "" ? "" : found.count === 0 ? "nothing" : `${found.index + 1} of ${found.count}`;
  return (
    <search className="absolute top-2 right-2 z-10 flex max-w-[calc(100%-1rem)] items-center gap-1 rounded-lg border bg-popover p-1 text-popover-foreground shadow-lg">
      <Input
        ref={field}
        value={words}
        aria-label="Find in the terminal"
        placeholder="Find"
        className="w-44 md:h-8"
        onKeyDown={onKeyDown}
        onChange={(event) => {
          const text = event.target.value;
          setWords(text);
          clearTimeout(soon.current);
          soon.current = setTimeout(() => find(-1, text, true), TYPING_MS);
        }}
      />
      <span role="status" className="min-w-14 px-1 text-center text-muted-foreground text-xs tabular-nums">
        {count}
      </span>
      <Button variant="ghost" size="icon" aria-label="Find above" onClick={() => find(-1)} className="md:size-8">
        <ChevronUp aria-hidden />
      </Button>
      <Button variant="ghost" size="icon" aria-label="Find below" onClick={() => find(1)} className="md:size-8">
        <ChevronDown aria-hidden />
      </Button>
      <Button variant="ghost" size="icon" aria-label="Close the search" onClick={onClose} className="md:size-8">
        <X aria-hidden />
      </Button>
    </search>
  );
}
