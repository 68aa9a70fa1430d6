/** Ctrl/Cmd+K: every session and every agent, a few letters away. */
"use client";
import type { Endpoint, Session } from "@fairlead/protocol";
import { Plus } from "lucide-react";
import { useRouter } from "next/navigation";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { cn } from "../cn.ts";
import { Dialog, DialogContent } from "../components/dialog.tsx";
import { useEndpoints, useSessions } from "../hooks/use-lists.ts";
import { useNow } from "../hooks/use-now.ts";
import { useOpenedMarks } from "../hooks/use-opened-marks.ts";
import { useSessionActions, usualWay } from "../hooks/use-session-actions.ts";
import { matches } from "../text/matches.ts";
import { OpenedMark } from "./OpenedMark.tsx";
import { profileLook } from "./profile-look.ts";
import { StateBadge } from "./StateBadge.tsx";

interface QuickSwitcherProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

export function QuickSwitcher({ open, onOpenChange }: QuickSwitcherProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent title="Switch to a session or an agent" hideTitle>
        <Switcher onDone={() => onOpenChange(false)} />
      </DialogContent>
    </Dialog>
  );
}

type Choice =
  | { readonly key: string; readonly kind: "session"; readonly session: Session }
  | { readonly key: string; readonly kind: "agent"; readonly endpoint: Endpoint };

const MOST_SHOWN = 50;

function Switcher({ onDone }: { readonly onDone: () => void }) {
  const [words, setWords] = useState("");
  const [active, setActive] = useState(0);
  const sessions = useSessions("").items;
  const opened = useOpenedMarks(sessions, useNow(30_000));
  const endpoints = useEndpoints().items;
  const { start } = useSessionActions();
  const router = useRouter();
  const list = useRef<HTMLDivElement>(null);
  const id = useId();

  const choices = useMemo<readonly Choice[]>(() => {
    const found = sessions.filter((session) => matches(`${session.title} ${session.endpoint_name}`, words)).slice(0, MOST_SHOWN);
    const agents = endpoints.filter((endpoint) => endpoint.status !== "unavailable" && matches(`${endpoint.name} ${endpoint.id}`, words));
    return [
      ...found.map((session): Choice => ({ key: `s:${session.id}`, kind: "session", session })),
      ...agents.map((endpoint): Choice => ({ key: `a:${endpoint.id}`, kind: "agent", endpoint })),
    ];
  }, [sessions, endpoints, words]);
  const current = Math.min(active, choices.length - 1);

  useEffect(() => {
    list.current?.querySelector(`[data-index="${current}"]`)?.scrollIntoView({ block: "nearest" });
  }, [current]);

  const choose = (choice: Choice | undefined) => {
    if (choice === undefined) return;
    onDone();
    if (choice.kind === "session") router.push(`/sessions/${choice.session.id}`);
    else start(choice.endpoint.id, usualWay(choice.endpoint));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      if (choices.length > 0) setActive((current + step + choices.length) % choices.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(choices[current]);
    }
  };

  return (
    <>
      <input
        role="combobox"
        aria-expanded
        aria-controls={id}
        aria-activedescendant={choices.length > 0 ? `${id}-${current}` : undefined}
        aria-label="Session or agent"
        placeholder="Session or agent…"
        value={words}
        onChange={(event) => {
          setWords(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        className="h-14 w-full shrink-0 border-b bg-transparent px-5 text-base outline-none placeholder:text-muted-foreground"
      />
      <div ref={list} id={id} role="listbox" aria-label="Sessions and agents" className="max-h-[55dvh] overflow-y-auto p-2 pad-safe-bottom">
        {choices.length === 0 && <p className="px-3 py-8 text-center text-muted-foreground text-sm">Nothing is called that.</p>}
        {choices.map((choice, index) => (
          <div
            key={choice.key}
            id={`${id}-${index}`}
            data-index={index}
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            onPointerMove={() => setActive(index)}
            onClick={() => choose(choice)}
            onKeyDown={onKeyDown}
            className={cn(
              "flex min-h-11 cursor-pointer items-center gap-3 rounded-lg px-3 text-sm",
              index === current && "bg-accent text-accent-foreground",
            )}
          >
            <ChoiceLine choice={choice} opened={choice.kind === "session" ? opened.get(choice.session.id) : undefined} />
          </div>
        ))}
      </div>
    </>
  );
}

interface ChoiceLineProps {
  readonly choice: Choice;
  readonly opened: string | undefined;
}

function ChoiceLine({ choice, opened }: ChoiceLineProps) {
  if (choice.kind === "agent") {
    return (
      <>
        <Plus aria-hidden className="size-4 shrink-0 text-muted-foreground" />
        <span className="min-w-0 flex-1 truncate">New session with {choice.endpoint.name}</span>
        <span className="text-muted-foreground text-xs">{choice.endpoint.status}</span>
      </>
    );
  }
  const { session } = choice;
  const { Icon } = profileLook(session.kind === "terminal" ? "terminal" : session.profile);
  return (
    <>
      <Icon aria-hidden className="size-4 shrink-0 text-muted-foreground" />
      <span className="flex min-w-0 flex-1 items-baseline gap-2">
        <span className="truncate">{session.title}</span>
        <OpenedMark at={opened} />
      </span>
      <StateBadge
        state={session.state}
        resting={session.closed_reason === "idle"}
        queued={session.queued}
        sure={false}
        kind={session.kind}
      />
      <span className="max-w-28 shrink-0 truncate text-muted-foreground text-xs">{session.endpoint_name}</span>
    </>
  );
}
