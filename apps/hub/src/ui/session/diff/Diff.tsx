/** What a call changed in one file: path, counts, and the patch itself, which is fetched and coloured only when it is looked at. */
"use client";
import type { DiffContent } from "@fairlead/protocol";
import { ChevronRight, Columns2, FileMinus2, FilePen, FilePlus2, FileSymlink, Rows2 } from "lucide-react";
import { useRef } from "react";
import { cn } from "../../cn.ts";
import { lazyPart } from "../../components/lazy-part.tsx";
import { useOpened } from "../../hooks/use-opened.tsx";
import { useWidth } from "../../hooks/use-width.ts";
import { shortPath } from "../../text/call-words.ts";
import { countWords } from "../../text/time-words.ts";
import { CopyButton } from "../CopyButton.tsx";
import { useSessionPlace } from "../session-place.ts";
import { LineCount } from "../steps/LineCount.tsx";
import { SPLIT_FROM_PIXELS, useDiffLook } from "./diff-preference.ts";

export const DiffLines = lazyPart(async () => (await import("./DiffLines.tsx")).DiffLines);

const CHANGES = {
  created: { Icon: FilePlus2, word: "new" },
  modified: { Icon: FilePen, word: "" },
  deleted: { Icon: FileMinus2, word: "deleted" },
  moved: { Icon: FileSymlink, word: "moved" },
} as const;

/** Changes to one file shown before somebody asks for all of them. */
const SHOWN_PATCHES = 10;

export interface FileDiff extends Pick<DiffContent, "path" | "change" | "from_path" | "added" | "removed" | "truncated"> {
  /** In the order they were made. */
  readonly patches: readonly string[];
}

interface DiffProps {
  readonly diff: FileDiff;
  /** What a person opened or closed is remembered by. */
  readonly id: string;
  readonly closed?: boolean;
}

export function Diff({ diff, id, closed = false }: DiffProps) {
  const [open, setOpen] = useOpened(`diff ${id}`, !closed);
  const [every, setEvery] = useOpened(`changes ${id}`);
  const shown = every ? diff.patches : diff.patches.slice(0, SHOWN_PATCHES);
  const box = useRef<HTMLElement>(null);
  const width = useWidth(box);
  const [look] = useDiffLook();
  const { workDir } = useSessionPlace();
  const { Icon, word } = CHANGES[diff.change];
  const path = shortPath(diff.path, workDir);
  const slash = path.lastIndexOf("/") + 1;
  const wide = width >= SPLIT_FROM_PIXELS;
  return (
    <section ref={box} aria-label={`Changes in ${path}`} className="min-w-0 overflow-hidden rounded-lg border bg-card">
      <div className="flex min-h-11 items-center gap-1 pr-1 md:min-h-9">
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex min-h-11 min-w-0 flex-1 items-center gap-2 rounded-lg pl-2.5 text-left text-sm hover:bg-accent hover:text-accent-foreground md:min-h-9"
        >
          <ChevronRight
            aria-hidden
            className={cn(
              "size-3.5 shrink-0 text-muted-foreground transition-transform motion-reduce:transition-none",
              open && "rotate-90",
            )}
          />
          <Icon aria-hidden className="size-4 shrink-0 text-muted-foreground" strokeWidth={1.75} />
          <span className="sr-only">{path}</span>
          <span aria-hidden className="flex min-w-0 whitespace-pre font-mono text-[13px]" title={diff.path}>
            <span className="min-w-0 truncate text-muted-foreground">{path.slice(0, slash)}</span>
            <span className="min-w-0 shrink-[0.001] truncate font-medium">{path.slice(slash)}</span>
          </span>
          {word !== "" && <span className="shrink-0 rounded border px-1 text-muted-foreground text-xs leading-5">{word}</span>}
          <span className="ml-auto pl-1">
            <LineCount added={diff.added} removed={diff.removed} />
          </span>
        </button>
        {open && wide && <LookToggle />}
        <CopyButton what="patch" className="my-0" read={() => diff.patches.join("\n")} />
      </div>
      {open && (
        <>
          {diff.from_path !== undefined && (
            <p className="border-t px-3 py-1.5 font-mono text-muted-foreground text-xs [overflow-wrap:anywhere]">
              from {shortPath(diff.from_path, workDir)}
            </p>
          )}
          {shown.map((patch, index) => {
            // Patches have no identity beyond their place.
            const key = index;
            return (
              <div key={key} className="border-t">
                {diff.patches.length > 1 && (
                  <p className="px-3 py-1 text-muted-foreground text-xs">
                    Change {index + 1} of {diff.patches.length}
                  </p>
                )}
                <DiffLines id={`${id} ${index}`} path={diff.path} patch={patch} split={wide && look === "split"} />
              </div>
            );
          })}
          {shown.length < diff.patches.length && (
            <button
              type="button"
              onClick={() => setEvery(true)}
              className="flex min-h-11 w-full items-center justify-center border-t text-muted-foreground text-xs hover:bg-accent hover:text-accent-foreground md:min-h-9"
            >
              Show all {countWords(diff.patches.length, "change")}
            </button>
          )}
          {diff.truncated && <p className="border-t px-3 py-1.5 text-wait text-xs">The rest of this patch was too long to keep.</p>}
        </>
      )}
    </section>
  );
}

function LookToggle() {
  const [look, setLook] = useDiffLook();
  const split = look === "split";
  const Icon = split ? Rows2 : Columns2;
  const words = split ? "Show changes one below the other" : "Show changes side by side";
  return (
    <button
      type="button"
      aria-label={words}
      title={words}
      onClick={() => setLook(split ? "unified" : "split")}
      className="inline-flex size-11 shrink-0 items-center justify-center rounded-md text-muted-foreground hover:bg-accent hover:text-accent-foreground md:size-7"
    >
      <Icon aria-hidden className="size-4 md:size-3.5" />
    </button>
  );
}
