/** What stands around a terminal's screen: why nothing comes, who holds the keys, that it is recorded. */
"use client";
import type { Aside, TerminalStatus } from "@fairlead/client";
import { Eye, Keyboard, Users } from "lucide-react";
import { cn } from "../cn.ts";
import { Button } from "../components/button.tsx";
import { Menu, MenuContent, MenuLabel, MenuTrigger } from "../components/menu.tsx";
import type { PaneAction, PaneWords } from "../text/terminal-words.ts";
import { agoWords, countWords } from "../text/time-words.ts";

const LABELS: Readonly<Record<PaneAction, string>> = { again: "Run again", close: "Close", here: "Show it here", retry: "Try again" };
const TONES = {
  wait: "border-wait/40 bg-wait/8",
  bad: "border-bad/40 bg-bad/8",
  plain: "bg-muted",
} as const;

interface StateNoteProps {
  readonly words: PaneWords;
  readonly onAction: (action: PaneAction) => void;
}

export function StateNote({ words, onAction }: StateNoteProps) {
  return (
    <div role="status" className={cn("flex flex-wrap items-center gap-x-2.5 gap-y-1 border-b px-3 py-1 text-sm", TONES[words.tone])}>
      <p className="min-w-0 flex-1 basis-48 break-words py-1 tabular-nums leading-snug">
        <span className="font-medium">{words.text}</span>
        {words.detail !== "" && <span className="text-muted-foreground"> · {words.detail}</span>}
      </p>
      {words.actions.map((action) => (
        <Button key={action} variant={action === "again" ? "primary" : "outline"} size="inline" onClick={() => onAction(action)}>
          {LABELS[action]}
        </Button>
      ))}
    </div>
  );
}

interface WatchNoteProps {
  readonly status: TerminalStatus;
  readonly waiting: number;
  readonly onTake: () => void;
  readonly onDrop: () => void;
}

/** Only while it is live and somebody else, or nobody, has the keys. */
export function WatchNote({ status, waiting, onTake, onDrop }: WatchNoteProps) {
  const { state, holds, holder, viewers, may_hold } = status;
  if (state !== "live" || holds || viewers.length === 0) return null;
  const name = viewers.find(({ viewer_id }) => viewer_id === holder)?.name;
  return (
    <div role="status" className="flex flex-wrap items-center gap-x-2.5 gap-y-1 border-b bg-accent/60 px-3 py-1 text-sm">
      <Eye aria-hidden className="size-4 shrink-0" />
      <p className="min-w-0 flex-1 basis-40 py-1 leading-snug">
        <span className="font-medium">{may_hold ? "Watching" : "View only"}</span>
        <span className="text-muted-foreground"> · {name === undefined ? "nobody has the keys" : `${name} has the keys`}</span>
        {waiting > 0 && <span className="text-muted-foreground"> · {countWords(waiting, "key")} not typed</span>}
      </p>
      {waiting > 0 && (
        <Button variant="outline" size="inline" onClick={onDrop}>
          Drop them
        </Button>
      )}
      {may_hold && (
        <Button variant="outline" size="inline" onClick={onTake}>
          <Keyboard aria-hidden /> Take over
        </Button>
      )}
    </div>
  );
}

interface AsideNoteProps {
  readonly aside: Aside;
  /** Bytes of the same paste that wait behind them. */
  readonly behind: number;
  readonly now: number;
  readonly onSettle: (act: "type" | "drop") => void;
}

/** What was typed before somebody else had the keys must not run unasked in what they left. */
export function AsideNote({ aside, behind, now, onSettle }: AsideNoteProps) {
  return (
    <div role="status" className="flex flex-wrap items-center gap-x-2.5 gap-y-1 border-b bg-accent/60 px-3 py-1 text-sm">
      <p className="min-w-0 flex-1 basis-40 py-1 leading-snug">
        <span className="font-medium">{countWords(aside.bytes + behind, "key")} not typed</span>
        <span className="text-muted-foreground"> · from {agoWords(aside.since, now)}, before you took over</span>
      </p>
      <Button variant="outline" size="inline" onClick={() => onSettle("drop")}>
        Drop them
      </Button>
      <Button variant="outline" size="inline" onClick={() => onSettle("type")}>
        Type them
      </Button>
    </div>
  );
}

export function RecordingBadge() {
  return (
    <span className="inline-flex h-6 shrink-0 items-center gap-1.5 rounded-full bg-bad/12 px-2 font-medium text-bad text-xs">
      <span aria-hidden className="size-2 rounded-full bg-bad motion-safe:animate-pulse" /> Recording
    </span>
  );
}

export function ViewersMenu({ status }: { readonly status: TerminalStatus }) {
  const { viewers, holder } = status;
  if (viewers.length < 2) return null;
  return (
    <Menu>
      <MenuTrigger className="inline-flex h-11 shrink-0 items-center gap-1 rounded-lg px-2 text-muted-foreground text-sm hover:bg-accent md:h-8">
        <Users aria-hidden className="size-4" />
        <span aria-hidden>{viewers.length}</span>
        <span className="sr-only">{viewers.length} are watching</span>
      </MenuTrigger>
      <MenuContent align="end">
        <MenuLabel>Watching</MenuLabel>
        <ul>
          {viewers.map(({ viewer_id, name, may_hold }) => (
            <li key={viewer_id} className="flex items-center gap-2 px-2.5 py-1.5 text-sm">
              <span className="min-w-0 flex-1 truncate">{name}</span>
              <span className="text-muted-foreground text-xs">
                {viewer_id === holder ? "has the keys" : may_hold ? "watches" : "view only"}
              </span>
            </li>
          ))}
        </ul>
      </MenuContent>
    </Menu>
  );
}
