/** The open terminals as tabs: go to one, rename it in place, close it, open another. */
"use client";
import { createStore } from "@fairlead/client";
import { Bell, ChevronLeft, Plus, X } from "lucide-react";
import Link from "next/link";
import { useEffect, useRef } from "react";
import { cn } from "../cn.ts";
import { useNow } from "../hooks/use-now.ts";
import { useStore } from "../hooks/use-store.ts";
import { RenameField } from "../shell/RenameField.tsx";
import { isApple } from "../text/keys.ts";
import { openedMarks } from "../text/opened-marks.ts";
import { distinctNames, type PaneNode, panesOf, type Tabs } from "./pane-layout.ts";
import type { ScreenFacts } from "./screen/screen.ts";
import { knownScreen, screenCount } from "./screen/screens.ts";

interface TabStripProps {
  readonly tabs: Tabs;
  readonly current: string;
  readonly titleOf: (sessionId: string) => string;
  /** ISO 8601; undefined: not known yet. */
  readonly openedOf: (sessionId: string) => string | undefined;
  readonly mayRename: (sessionId: string) => boolean;
  readonly renaming: string | null;
  readonly onRenaming: (sessionId: string | null) => void;
  readonly onClose: (sessionId: string) => void;
  readonly onNew: (() => void) | undefined;
}

export function TabStrip({ tabs, current, onNew, openedOf, ...rest }: TabStripProps) {
  useStore(screenCount);
  const now = useNow(60_000);
  const targets = tabs.map((tab) => targetOf(tab, current));
  const names = distinctNames(targets, rest.titleOf);
  const opened = openedMarks(
    targets.flatMap((id) => {
      const created_at = openedOf(id);
      return created_at === undefined ? [] : [{ id, name: rest.titleOf(id), created_at }];
    }),
    now,
  );
  return (
    <div className="flex min-w-0 flex-1 items-center">
      <Link
        href="/terminals"
        aria-label="All terminals"
        className="inline-flex size-11 shrink-0 items-center justify-center rounded-lg text-muted-foreground hover:bg-accent md:size-9"
      >
        <ChevronLeft aria-hidden className="size-5" />
      </Link>
      <nav aria-label="Open terminals" className="min-w-0 overflow-x-auto [scrollbar-width:none]">
        <ul className="flex gap-0.5">
          {tabs.map((tab) => (
            <Tab
              key={panesOf(tab).join()}
              tab={tab}
              current={current}
              name={names.get(targetOf(tab, current)) ?? ""}
              opened={opened.get(targetOf(tab, current))}
              {...rest}
            />
          ))}
        </ul>
      </nav>
      {onNew !== undefined && (
        <button
          type="button"
          onClick={onNew}
          aria-label="New terminal"
          title={`New terminal (${isApple() ? "Ctrl" : "Alt"}+Shift+T)`}
          className="inline-flex size-11 shrink-0 items-center justify-center rounded-lg text-muted-foreground hover:bg-accent hover:text-accent-foreground md:size-9"
        >
          <Plus aria-hidden className="size-4" />
        </button>
      )}
    </div>
  );
}

/** The pane that a press on the tab leads to. */
function targetOf(tab: PaneNode, current: string): string {
  const panes = panesOf(tab);
  return panes.includes(current) ? current : (panes[0] ?? "");
}

interface TabProps extends Omit<TabStripProps, "tabs" | "onNew" | "openedOf"> {
  readonly tab: PaneNode;
  /** No other tab has it. */
  readonly name: string;
  /** When it was opened, beside another tab of its title. */
  readonly opened: string | undefined;
}

function Tab({ tab, current, name, opened, titleOf, mayRename, renaming, onRenaming, onClose }: TabProps) {
  const panes = panesOf(tab);
  const open = panes.includes(current);
  const target = targetOf(tab, current);
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    const own = item.current;
    if (!open || own === null) return;
    // Of a tab wider than the strip, the beginning of its title is worth more than its end.
    const fits = own.offsetWidth <= (own.closest("nav")?.clientWidth ?? 0);
    own.scrollIntoView({ block: "nearest", inline: fits ? "nearest" : "start" });
  }, [open]);
  const title = titleOf(target);
  if (renaming === target) {
    return (
      <li className="w-56 shrink-0">
        <RenameField session={{ id: target, title }} onDone={() => onRenaming(null)} />
      </li>
    );
  }
  return (
    <li
      ref={item}
      className={cn(
        "group flex h-11 max-w-40 shrink-0 items-center rounded-lg md:h-9 md:max-w-56",
        open ? "bg-accent" : "hover:bg-accent/60",
      )}
    >
      <Link
        href={`/sessions/${encodeURIComponent(target)}`}
        aria-current={open ? "page" : undefined}
        onDoubleClick={() => mayRename(target) && onRenaming(target)}
        className="flex h-full min-w-0 items-center gap-1.5 rounded-lg pr-1 pl-3 text-sm"
      >
        {panes.map((id) => (
          <BellMark key={id} sessionId={id} />
        ))}
        <span className={cn("truncate", open && "font-medium")}>{title === "" ? "Terminal" : title}</span>
        {opened !== undefined && <span className="shrink-0 text-muted-foreground text-xs tabular-nums">{opened}</span>}
        {panes.length > 1 && <span className="shrink-0 text-muted-foreground text-xs">+{panes.length - 1}</span>}
      </Link>
      <button
        type="button"
        aria-label={`Close ${name}`}
        onClick={() => onClose(target)}
        className={cn(
          "inline-flex size-11 shrink-0 items-center justify-center rounded-md text-muted-foreground hover:bg-background hover:text-foreground md:mr-0.5 md:size-7",
          !open && "md:opacity-0 md:focus-visible:opacity-100 md:group-hover:opacity-100",
        )}
      >
        <X aria-hidden className="size-3.5" />
      </button>
    </li>
  );
}

const NO_FACTS = createStore<ScreenFacts>({ title: "", bell: null, scrolled: false });

function BellMark({ sessionId }: { readonly sessionId: string }) {
  const { bell } = useStore(knownScreen(sessionId)?.facts ?? NO_FACTS);
  if (bell === null) return null;
  return (
    <span className="shrink-0 text-wait">
      <Bell aria-hidden className="size-3.5" />
      <span className="sr-only">rang</span>
    </span>
  );
}
