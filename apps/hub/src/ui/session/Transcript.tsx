/** The rows of a session, of which only those in view are drawn. It follows new output only for a reader who is at the end. */
"use client";
import { currentCall, type LiveSession, type LiveSessionState } from "@fairlead/client";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useGoToAsk } from "../approvals/use-go-to-ask.ts";
import { useFollowEnd } from "../hooks/use-follow-end.ts";
import { useHub } from "../hooks/use-hub.tsx";
import { useNow } from "../hooks/use-now.ts";
import type { SessionFacts } from "../hooks/use-session-facts.ts";
import { useStore } from "../hooks/use-store.ts";
import { profileLook } from "../shell/profile-look.ts";
import { guessHeight, isQuiet, type Rows, rowsOf, wasGiven } from "../text/rows.ts";
import { SCROLLS } from "../text/scrolls.ts";
import { dayWords } from "../text/time-words.ts";
import { EmptyTranscript, LoadingTranscript } from "./EmptyTranscript.tsx";
import { type RowContext, RowView, type TranscriptActions } from "./RowView.tsx";

interface TranscriptProps {
  readonly state: LiveSessionState;
  readonly live: LiveSession | null;
  readonly facts: SessionFacts;
  readonly actions: TranscriptActions;
  readonly onAtEnd: (atEnd: boolean) => void;
}

/** Older pages are fetched this far (pixels) before the beginning is reached. */
const NEAR_START = 900;

export function Transcript({ state, live, facts, actions, onAtEnd }: TranscriptProps) {
  const hub = useHub();
  const connected = useStore(hub.socket.status).state === "live";
  const now = useNow(30_000);
  const drawn = useRef<Rows>(undefined);
  const rows = useMemo(() => rowsOf(state, drawn.current), [state]);
  drawn.current = rows;
  const frame = useRef<HTMLElement>(null);
  const [seenSeq, setSeenSeq] = useState(0);
  const ready = state.phase === "ready";

  const virtual = useVirtualizer({
    count: ready ? rows.count : 0,
    getScrollElement: () => frame.current,
    estimateSize: (index) => guessHeight(rows.at(index)),
    getItemKey: (index) => rows.keyAt(index),
    overscan: 8,
    paddingStart: 36,
    paddingEnd: 16,
    anchorTo: "end",
  });

  const { atEnd, onScroll, toEnd, release } = useFollowEnd({ frame, height: virtual.getTotalSize(), ready });
  const scrollTo = useCallback(
    (index: number) => {
      release();
      virtual.scrollToIndex(index, { align: "start" });
    },
    [release, virtual],
  );
  useGoToAsk({ rows, state, live, scrollTo });

  const { has_older, loading_older } = state;
  const look = useCallback(() => {
    onScroll();
    const top = frame.current?.scrollTop ?? 0;
    if (top < NEAR_START && has_older && !loading_older) live?.loadOlder().catch(() => undefined);
  }, [onScroll, has_older, loading_older, live]);

  useEffect(() => onAtEnd(atEnd), [atEnd, onAtEnd]);
  useEffect(() => {
    if (atEnd) setSeenSeq(state.view.last);
  }, [atEnd, state.view.last]);
  // A page that does not fill the screen cannot be scrolled to ask for the one before it.
  useEffect(() => {
    if (ready && rows.count > 0) look();
  }, [look, ready, rows.count]);

  // What somebody sends from here is shown to them, wherever they were reading.
  const own = state.outgoing.length;
  const before = useRef(own);
  useEffect(() => {
    if (own > before.current) toEnd();
    before.current = own;
  }, [own, toEnd]);

  const context: RowContext = {
    state: state.view.state,
    running: {
      call: currentCall(state.view),
      usage: state.view.state.usage,
      lastAt: state.view.last_at,
      onStop: connected ? actions.onStop : undefined,
    },
    asCommand: facts.profile !== undefined && profileLook(facts.profile).asCommand,
    runtimeAway: facts.endpoint?.status === "offline",
    connected,
    mayWrite: facts.mine && state.view.state.closed !== "user" && state.view.state.closed !== "admin",
    now,
    actions,
  };

  if (!ready) {
    return (
      <LoadingTranscript connected={connected}>
        {state.outgoing.map((entry) => (
          <RowView
            key={entry.message_id}
            row={{ kind: "outgoing", key: entry.message_id, entry }}
            given={false}
            newest={false}
            context={context}
          />
        ))}
      </LoadingTranscript>
    );
  }
  const untouched = isUntouched(rows);
  const unseen = !atEnd && state.view.last > seenSeq;
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <section
        ref={frame}
        aria-label="Conversation"
        {...SCROLLS}
        onScroll={look}
        className="min-h-0 flex-1 overflow-y-auto overflow-x-hidden overscroll-contain outline-offset-[-2px] [overflow-anchor:none]"
      >
        <div className="relative mx-auto w-full max-w-3xl" style={{ height: virtual.getTotalSize() }}>
          <Beginning older={has_older} loading={loading_older} connected={connected} />
          {virtual.getVirtualItems().map((item) => (
            <div
              key={item.key}
              data-index={item.index}
              ref={virtual.measureElement}
              className="absolute top-0 left-0 w-full px-3 md:px-6"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {!untouched && <DayLine rows={rows} index={item.index} now={now} />}
              <TranscriptRow rows={rows} index={item.index} context={context} />
            </div>
          ))}
        </div>
        {untouched && <EmptyTranscript facts={facts} />}
      </section>
      {!atEnd && (
        <button
          type="button"
          onClick={toEnd}
          className="absolute bottom-3 left-1/2 inline-flex h-11 -translate-x-1/2 items-center gap-1.5 rounded-full border bg-popover px-4 font-medium text-popover-foreground text-sm shadow-md hover:bg-accent md:h-9"
        >
          <ArrowDown aria-hidden className="size-4" />
          {unseen ? "New output" : "To the end"}
        </button>
      )}
    </div>
  );
}

interface TranscriptRowProps {
  readonly rows: Rows;
  readonly index: number;
  readonly context: RowContext;
}

function TranscriptRow({ rows, index, context }: TranscriptRowProps) {
  const row = rows.at(index);
  if (isQuiet(row)) return null;
  const given = row.kind !== "block" || row.block.type !== "user" || wasGiven(rows, index, row.block);
  const newest = row.kind === "steps" && index + 1 < rows.count && rows.at(index + 1).kind === "running";
  return (
    <div className="pb-3">
      <RowView row={row} given={given} newest={newest} context={context} />
    </div>
  );
}

function isUntouched(rows: Rows): boolean {
  for (let index = 0; index < rows.count; index += 1) {
    const row = rows.at(index);
    if (row.kind !== "block" || row.block.type !== "system") return false;
  }
  return true;
}

function Beginning({ older, loading, connected }: { readonly older: boolean; readonly loading: boolean; readonly connected: boolean }) {
  if (!older) return null;
  return (
    <p className="absolute inset-x-0 top-2 text-center text-muted-foreground text-xs">
      {loading ? "Loading what came before…" : connected ? "There is more above" : "There is more above; it loads when you are back online"}
    </p>
  );
}

function momentOf(rows: Rows, index: number): number | undefined {
  if (index < 0) return undefined;
  const row = rows.at(index);
  if (row.kind === "steps") return row.steps[0]?.at;
  return row.kind === "block" || row.kind === "waiting" ? row.block.at : undefined;
}

/** A line where a new day begins. */
function DayLine({ rows, index, now }: { readonly rows: Rows; readonly index: number; readonly now: number }) {
  const at = momentOf(rows, index);
  if (at === undefined) return null;
  const before = momentOf(rows, index - 1);
  const day = dayWords(at, now);
  if (index > 0 && (before === undefined || dayWords(before, now) === day)) return null;
  return (
    <p className="mb-3 flex items-center gap-3 text-muted-foreground text-xs before:h-px before:flex-1 before:bg-border after:h-px after:flex-1 after:bg-border">
      {day}
    </p>
  );
}
