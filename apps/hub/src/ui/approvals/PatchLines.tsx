/** A patch as it is: what is taken away, what is added, and where; never cut without a way to see the rest. */
"use client";
import { memo, useMemo, useState } from "react";
import { cn } from "../cn.ts";
import { Button } from "../components/button.tsx";
import { countWords } from "../text/time-words.ts";

/** Lines drawn before somebody asks for all of them. */
const FIRST_LINES = 300;

const LOOKS = {
  add: { mark: "+", ink: "bg-ok/12", word: "added: " },
  remove: { mark: "−", ink: "bg-bad/12", word: "removed: " },
  place: { mark: "", ink: "bg-muted text-muted-foreground", word: "" },
  same: { mark: "", ink: "", word: "" },
} as const;

interface Line {
  readonly kind: keyof typeof LOOKS;
  readonly text: string;
}

function linesOf(patch: string): readonly Line[] {
  const lines = (patch.endsWith("\n") ? patch.slice(0, -1) : patch).split("\n");
  return lines.map((line): Line => {
    if (line.startsWith("@@")) return { kind: "place", text: line };
    if (line.startsWith("+")) return { kind: "add", text: line.slice(1) };
    if (line.startsWith("-")) return { kind: "remove", text: line.slice(1) };
    return { kind: "same", text: line.startsWith(" ") ? line.slice(1) : line };
  });
}

export const PatchLines = memo(function PatchLines({ patch }: { readonly patch: string }) {
  const lines = useMemo(() => linesOf(patch), [patch]);
  const [all, setAll] = useState(false);
  const shown = all ? lines : lines.slice(0, FIRST_LINES);
  return (
    <>
      <div className="py-1 font-mono text-[13px] leading-[1.5]">
        {shown.map((line, index) => {
          const { mark, ink, word } = LOOKS[line.kind];
          // A line's place is its identity: a patch never changes.
          const key = index;
          return (
            <div key={key} className={cn("flex", ink)}>
              <span aria-hidden className="w-6 shrink-0 select-none text-center text-muted-foreground">
                {mark}
              </span>
              <span className="min-w-0 flex-1 whitespace-pre-wrap pr-2 [overflow-wrap:anywhere]">
                {word !== "" && <span className="sr-only">{word}</span>}
                {line.text === "" ? " " : line.text}
              </span>
            </div>
          );
        })}
      </div>
      {shown.length < lines.length && (
        <Button variant="ghost" size="inline" className="w-full rounded-none border-t" onClick={() => setAll(true)}>
          Show all {countWords(lines.length, "line")}
        </Button>
      )}
    </>
  );
});
