/** Above a conversation: the way back, the title (renamed in place), the agent, how it is and where it works, and what can be done. */
"use client";
import type { LiveSessionState } from "@fairlead/client";
import { activityOf, type Endpoint, type SessionState } from "@fairlead/protocol";
import { ChevronLeft, Ellipsis, Folder, GitBranch, Lock, Pencil } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { cn } from "../../cn.ts";
import { Confirm } from "../../components/confirm.tsx";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "../../components/menu.tsx";
import { Skeleton } from "../../components/skeleton.tsx";
import { useHub } from "../../hooks/use-hub.tsx";
import { useOptions } from "../../hooks/use-options.ts";
import { useSessionActions } from "../../hooks/use-session-actions.ts";
import type { SessionFacts } from "../../hooks/use-session-facts.ts";
import { useStore } from "../../hooks/use-store.ts";
import { RenameField } from "../../shell/RenameField.tsx";
import { StateBadge } from "../../shell/StateBadge.tsx";
import type { ChangesToggle } from "../changes/ChangesChip.tsx";
import { SessionStrip } from "./SessionStrip.tsx";

interface SessionHeaderProps {
  readonly sessionId: string;
  readonly facts: SessionFacts;
  readonly state: LiveSessionState;
  readonly changes: ChangesToggle | undefined;
}

export function SessionHeader({ sessionId, facts, state, changes }: SessionHeaderProps) {
  const [renaming, setRenaming] = useState(false);
  const [asking, setAsking] = useState(false);
  const { close } = useSessionActions();
  const hub = useHub();
  // Without the hub nothing is known about the runtime.
  const connected = useStore(hub.socket.status).state === "live";
  const { title, mine } = facts;
  const closed = state.view.state.closed === "user" || state.view.state.closed === "admin";
  const activity = activityOf(state.view.state);
  const options = useOptions({ sessionId, view: state.view, mayChange: mine && !closed && connected });
  return (
    <header className="border-b pad-safe-top">
      <div className="flex h-14 items-center gap-1 pr-2 pl-1 md:pl-5">
        <Link
          href="/"
          aria-label="Back to the sessions"
          className="inline-flex size-11 shrink-0 items-center justify-center rounded-lg hover:bg-accent md:hidden"
        >
          <ChevronLeft aria-hidden className="size-6" />
        </Link>
        <div className="min-w-0 flex-1">
          {renaming ? (
            <RenameField session={{ id: sessionId, title }} onDone={() => setRenaming(false)} />
          ) : (
            <>
              <h1 className="truncate font-semibold text-[0.9375rem] leading-snug" title={title}>
                {title === "" ? <Skeleton className="h-4 w-40" /> : title}
              </h1>
              <p className="flex items-center gap-1.5 overflow-hidden whitespace-nowrap text-muted-foreground text-xs leading-snug">
                <span className="max-w-[45%] shrink-0 truncate">{facts.endpointName === "" ? "\u00a0" : facts.endpointName}</span>
                {facts.endpoint !== undefined && connected && (
                  <RuntimeDot endpoint={facts.endpoint} brief={state.view.state.work_dir !== null} />
                )}
                {state.phase === "ready" && connected && activity !== "idle" && (
                  <>
                    <span aria-hidden>·</span>
                    <StateBadge
                      state={activity}
                      resting={state.view.state.closed === "idle"}
                      queued={state.view.waiting.length}
                      sure={facts.endpoint?.status !== "offline"}
                    />
                  </>
                )}
                <WorkPlace state={state.view.state} />
              </p>
            </>
          )}
        </div>
        {mine && (
          <Menu>
            <MenuTrigger
              aria-label="More about this session"
              className="inline-flex size-11 shrink-0 items-center justify-center rounded-lg text-muted-foreground hover:bg-accent hover:text-accent-foreground md:size-9"
            >
              <Ellipsis aria-hidden className="size-5" />
            </MenuTrigger>
            <MenuContent align="end" onCloseAutoFocus={(event) => renaming && event.preventDefault()}>
              <MenuItem onSelect={() => setRenaming(true)}>
                <Pencil aria-hidden /> Rename
              </MenuItem>
              {!closed && (
                <MenuItem destructive onSelect={() => setAsking(true)}>
                  <Lock aria-hidden /> Close session…
                </MenuItem>
              )}
            </MenuContent>
          </Menu>
        )}
      </div>
      <SessionStrip facts={facts} state={state} changes={changes} {...options} />
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={`Close “${title}”?`}
        description="Its agent ends, and nothing more can be sent to it. What was said stays readable."
        action="Close session"
        onConfirm={() => close(sessionId)}
      />
    </header>
  );
}

/** The branch says more than the folder it is checked out in; on a phone only one of the two has room. */
function WorkPlace({ state }: { readonly state: SessionState }) {
  const { work_dir, branch } = state;
  if (work_dir === null) return null;
  return (
    <>
      <span aria-hidden>·</span>
      <span
        className="flex min-w-0 items-center gap-1 font-mono text-[11px]"
        title={branch === null ? work_dir : `${branch} in ${work_dir}`}
      >
        {branch === null ? <Folder aria-hidden className="size-3 shrink-0" /> : <GitBranch aria-hidden className="size-3 shrink-0" />}
        <span className="truncate">{branch ?? lastFolders(work_dir)}</span>
      </span>
    </>
  );
}

function lastFolders(path: string): string {
  const parts = path.split("/").filter(Boolean);
  return parts.length <= 2 ? path : `…/${parts.slice(-2).join("/")}`;
}

interface RuntimeDotProps {
  readonly endpoint: Endpoint;
  /** Other things need the room of a narrow screen: there the dot alone says that all is well. */
  readonly brief: boolean;
}

function RuntimeDot({ endpoint, brief }: RuntimeDotProps) {
  const { status, runtime_name } = endpoint;
  const ink = status === "online" ? "bg-ok" : status === "offline" ? "border-[1.5px] border-wait" : "rotate-45 rounded-none bg-bad";
  return (
    <>
      <span aria-hidden>·</span>
      <span aria-hidden className={cn("size-1.5 shrink-0 rounded-full", ink)} />
      <span className={cn("truncate max-md:shrink-0", brief && status === "online" && "max-md:sr-only")}>
        {status}
        <span className="max-md:hidden"> on {runtime_name}</span>
      </span>
    </>
  );
}
