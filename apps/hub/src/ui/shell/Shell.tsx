/** The frame around every page: on desks the sessions stand beside it, on phones one screen follows the other. */
"use client";
import { Bot, Inbox, MessagesSquare, Plus, Scale, Search, SquareTerminal } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { Mark } from "../brand/Mark.tsx";
import { cn } from "../cn.ts";
import { CountBadge } from "../components/badge.tsx";
import { buttonVariants } from "../components/button.tsx";
import { Kbd } from "../components/kbd.tsx";
import { useWaitingCount } from "../hooks/use-lists.ts";
import { useShortcut } from "../hooks/use-shortcut.ts";
import { useBadges } from "../notify/use-badges.ts";
import { useNotifications } from "../notify/use-notifications.ts";
import { commandKey } from "../text/keys.ts";
import { AccountMenu } from "./AccountMenu.tsx";
import { HubBar } from "./HubBar.tsx";
import { QuickSwitcher } from "./QuickSwitcher.tsx";
import { SessionList } from "./SessionList.tsx";
import { ShortcutsDialog } from "./ShortcutsDialog.tsx";
import { tabOf } from "./tab-of.ts";

export function Shell({ children }: { readonly children: ReactNode }) {
  const [switching, setSwitching] = useState(false);
  const [helping, setHelping] = useState(false);
  const router = useRouter();
  const path = usePathname();
  const inList = path === "/";
  const inSession = path.startsWith("/sessions/");
  useShortcut("k", () => setSwitching((open) => !open), { command: true, always: true });
  useShortcut("?", () => setHelping(true));
  useShortcut("n", () => router.push("/agents"));
  useShortcut("i", () => router.push("/inbox"));
  useShortcut("t", () => router.push("/terminals"));
  useBadges();
  useNotifications();
  return (
    <div className="flex h-dvh flex-col pad-safe-x">
      <a
        href="#main"
        className="sr-only z-50 rounded-lg bg-primary px-4 py-2 text-primary-foreground focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        Skip to the conversation
      </a>
      <div className="flex min-h-0 flex-1">
        <aside
          aria-label="Sessions"
          className={cn(
            "min-h-0 w-full flex-col bg-panel text-panel-foreground pad-safe-top md:flex md:w-80 md:shrink-0 md:border-r",
            inList ? "flex" : "hidden",
          )}
        >
          <header className="flex items-center gap-2.5 px-4 py-3">
            <Link href="/" className="flex min-h-11 items-center gap-2.5 rounded-lg md:min-h-9">
              <Mark />
              <span className="font-semibold text-[1.0625rem] tracking-tight">Fairlead</span>
            </Link>
            <span className="ml-auto" />
            <button
              type="button"
              onClick={() => setSwitching(true)}
              aria-label="Switch to a session or an agent"
              className="inline-flex h-9 items-center gap-1 rounded-lg px-2 text-muted-foreground hover:bg-accent hover:text-accent-foreground max-md:hidden"
            >
              <Search aria-hidden className="size-4" />
              <Kbd>{commandKey()} K</Kbd>
            </button>
            <AccountMenu onShortcuts={() => setHelping(true)} />
          </header>
          <div className="px-3 pb-2 max-md:hidden">
            <Link href="/agents" className={cn(buttonVariants({ variant: "primary" }), "w-full")}>
              <Plus aria-hidden /> New session
            </Link>
            <DeskLinks path={path} />
          </div>
          <SessionList />
        </aside>
        <main
          id="main"
          tabIndex={-1}
          className={cn("relative min-h-0 min-w-0 flex-1 flex-col outline-none md:flex", inList ? "hidden" : "flex")}
        >
          {children}
        </main>
      </div>
      {!inSession && <HubBar className="md:hidden" />}
      {!inSession && <PhoneTabs path={path} />}
      <QuickSwitcher open={switching} onOpenChange={setSwitching} />
      <ShortcutsDialog open={helping} onOpenChange={setHelping} />
    </div>
  );
}

function DeskLinks({ path }: { readonly path: string }) {
  const waiting = useWaitingCount();
  const look = (href: string) =>
    cn(
      "flex h-9 flex-auto items-center gap-2 rounded-lg px-2 font-medium text-sm hover:bg-accent/60",
      path === href && "bg-accent text-accent-foreground hover:bg-accent",
    );
  return (
    <nav aria-label="Main" className="mt-2 flex gap-1">
      <Link href="/inbox" aria-current={path === "/inbox" ? "page" : undefined} className={look("/inbox")}>
        <Inbox aria-hidden className="size-4 text-muted-foreground" /> Inbox
        {/* Its room is kept, so that nothing beside it moves when a question comes. */}
        <span className="ml-auto flex min-w-5 justify-end">
          <CountBadge count={waiting} what="waiting for you" />
        </span>
      </Link>
      <Link href="/rules" aria-current={path === "/rules" ? "page" : undefined} className={look("/rules")}>
        <Scale aria-hidden className="size-4 text-muted-foreground" /> Rules
      </Link>
      <Link href="/terminals" aria-current={path === "/terminals" ? "page" : undefined} className={look("/terminals")}>
        <SquareTerminal aria-hidden className="size-4 text-muted-foreground" /> Terminals
      </Link>
    </nav>
  );
}

function PhoneTabs({ path }: { readonly path: string }) {
  const waiting = useWaitingCount();
  const tabs = [
    { href: "/", label: "Sessions", Icon: MessagesSquare, count: 0 },
    { href: "/inbox", label: "Inbox", Icon: Inbox, count: waiting },
    { href: "/agents", label: "Agents", Icon: Bot, count: 0 },
    { href: "/terminals", label: "Terminals", Icon: SquareTerminal, count: 0 },
  ];
  return (
    <nav aria-label="Main" className="flex border-t bg-panel pad-safe-bottom md:hidden">
      {tabs.map(({ href, label, Icon, count }) => {
        const current = tabOf(path) === href;
        return (
          <Link
            key={href}
            href={href}
            aria-current={path === href ? "page" : current ? "true" : undefined}
            className={cn(
              "flex h-14 flex-1 flex-col items-center justify-center gap-0.5 font-medium text-xs",
              current ? "text-primary" : "text-muted-foreground",
            )}
          >
            <span className="relative">
              <Icon aria-hidden className="size-5" strokeWidth={current ? 2.25 : 1.75} />
              <CountBadge count={count} what="waiting for you" className="absolute -top-2 left-3 h-4.5 min-w-4.5 px-1 ring-2 ring-panel" />
            </span>
            {label}
          </Link>
        );
      })}
    </nav>
  );
}
