/** The other ways to begin with an agent: in a worktree of its own, or where one of its earlier sessions ended. */
"use client";
import type { Endpoint } from "@fairlead/protocol";
import { Ellipsis, GitBranch, History, MessageSquarePlus, SquareTerminal } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { Menu, MenuContent, MenuItem, MenuLabel, MenuTrigger } from "../components/menu.tsx";
import type { StartOptions } from "../hooks/use-session-actions.ts";

const NativeSessions = dynamic(() => import("./NativeSessions.tsx").then((module) => module.NativeSessions), { ssr: false });

interface StartMenuProps {
  readonly endpoint: Endpoint;
  readonly busy: boolean;
  readonly onStart: (how?: StartOptions) => void;
}

export function StartMenu({ endpoint, busy, onStart }: StartMenuProps) {
  const [choosing, setChoosing] = useState(false);
  const { worktree, native_sessions, terminal } = endpoint.capabilities;
  return (
    <>
      <Menu>
        <MenuTrigger
          aria-label={`More ways to start with ${endpoint.name}`}
          disabled={busy}
          className="absolute top-2 right-2 inline-flex size-11 items-center justify-center rounded-lg text-muted-foreground hover:bg-accent hover:text-accent-foreground md:top-3 md:right-3 md:size-9"
        >
          <Ellipsis aria-hidden className="size-5" />
        </MenuTrigger>
        <MenuContent align="end" className="w-72 max-w-[calc(100vw-1rem)]">
          <MenuLabel>New session</MenuLabel>
          <MenuItem onSelect={() => onStart()}>
            <MessageSquarePlus aria-hidden /> In its own folder
          </MenuItem>
          {worktree && (
            <MenuItem onSelect={() => onStart({ worktree: true })}>
              <GitBranch aria-hidden /> In a new worktree
            </MenuItem>
          )}
          {native_sessions && (
            <MenuItem onSelect={() => setChoosing(true)}>
              <History aria-hidden /> Continue an earlier session…
            </MenuItem>
          )}
          {terminal === "also" && (
            <MenuItem onSelect={() => onStart({ terminal: true })}>
              <SquareTerminal aria-hidden /> Open in a terminal
            </MenuItem>
          )}
        </MenuContent>
      </Menu>
      {choosing && (
        <NativeSessions
          endpoint={endpoint}
          busy={busy}
          onChoose={(native_id) => onStart({ native_id })}
          onClose={() => setChoosing(false)}
        />
      )}
    </>
  );
}
