/** One session in the list: open it, rename it in place, close it. */
"use client";
import type { Session } from "@fairlead/protocol";
import { Ellipsis, Lock, Pencil } from "lucide-react";
import Link from "next/link";
import { memo, useState } from "react";
import { cn } from "../cn.ts";
import { Confirm } from "../components/confirm.tsx";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "../components/menu.tsx";
import { useSessionActions } from "../hooks/use-session-actions.ts";
import { listWords } from "../text/time-words.ts";
import { OpenedMark } from "./OpenedMark.tsx";
import { profileLook } from "./profile-look.ts";
import { RenameField } from "./RenameField.tsx";
import { StateBadge } from "./StateBadge.tsx";

interface SessionRowProps {
  readonly session: Session;
  readonly now: number;
  readonly current: boolean;
  /** Whether the list is known to be true now. */
  readonly sure: boolean;
  /** When it was opened, in a list with another one of its title and agent. */
  readonly opened: string | undefined;
}

export const SessionRow = memo(function SessionRow({ session, now, current, sure, opened }: SessionRowProps) {
  const [renaming, setRenaming] = useState(false);
  const { Icon } = profileLook(session.kind === "terminal" ? "terminal" : session.profile);
  const unread = session.unread && !current;
  if (renaming) {
    return (
      <li className="px-1 py-2">
        <RenameField session={session} onDone={() => setRenaming(false)} />
      </li>
    );
  }
  return (
    <li className="group relative">
      <Link
        href={`/sessions/${session.id}`}
        aria-current={current ? "page" : undefined}
        className={cn(
          "flex min-h-[3.75rem] items-center gap-3 rounded-lg py-2 pr-11 pl-3 transition-colors hover:bg-accent/60",
          current && "bg-accent text-accent-foreground hover:bg-accent",
          isClosed(session) && "text-muted-foreground",
        )}
      >
        <Icon aria-hidden className="size-4.5 shrink-0 text-muted-foreground" strokeWidth={1.75} />
        <span className="min-w-0 flex-1">
          <span className="flex items-center gap-2">
            <span className={cn("truncate text-sm", unread ? "font-semibold" : "font-medium")}>{session.title}</span>
            <OpenedMark at={opened} />
            {unread && (
              <span className="size-2 shrink-0 rounded-full bg-primary">
                <span className="sr-only">unread</span>
              </span>
            )}
          </span>
          <span className="mt-0.5 flex items-center gap-1.5 text-muted-foreground text-xs">
            <StateBadge
              state={session.state}
              resting={session.closed_reason === "idle"}
              queued={session.queued}
              sure={sure}
              kind={session.kind}
            />
            {session.state !== "idle" && <span aria-hidden>·</span>}
            <span className="truncate">{session.endpoint_name}</span>
            <span aria-hidden>·</span>
            <time dateTime={session.updated_at} className="shrink-0 tabular-nums">
              {listWords(Date.parse(session.updated_at), now)}
            </time>
          </span>
        </span>
      </Link>
      <RowMenu session={session} onRename={() => setRenaming(true)} />
    </li>
  );
});

/** For good: a suspended session is only resting. */
function isClosed(session: Session): boolean {
  return session.state === "closed" && session.closed_reason !== "idle";
}

function RowMenu({ session, onRename }: { readonly session: Session; readonly onRename: () => void }) {
  const { close } = useSessionActions();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Menu>
        <MenuTrigger
          aria-label={`More about ${session.title}`}
          className="absolute top-2 right-0.5 inline-flex size-11 items-center justify-center rounded-lg text-muted-foreground hover:text-foreground data-[state=open]:opacity-100 md:top-3.5 md:right-1.5 md:size-8 md:opacity-0 md:hover:bg-background md:focus-visible:opacity-100 md:group-hover:opacity-100"
        >
          <Ellipsis aria-hidden className="size-4" />
        </MenuTrigger>
        <MenuContent align="end" onCloseAutoFocus={(event) => event.preventDefault()}>
          <MenuItem onSelect={onRename}>
            <Pencil aria-hidden /> Rename
          </MenuItem>
          {!isClosed(session) && (
            <MenuItem destructive onSelect={() => setAsking(true)}>
              <Lock aria-hidden /> Close session…
            </MenuItem>
          )}
        </MenuContent>
      </Menu>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={`Close “${session.title}”?`}
        description="Its agent ends, and nothing more can be sent to it. What was said stays readable."
        action="Close session"
        onConfirm={() => close(session.id)}
      />
    </>
  );
}
