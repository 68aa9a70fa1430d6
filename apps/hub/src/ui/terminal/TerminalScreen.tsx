/** The page of a terminal: tabs above, the panes of the open tab below, and on phones the keys that screen keyboards lack. */
"use client";
import { createStore, type Terminal, type TerminalStatus } from "@fairlead/client";
import { useRouter } from "next/navigation";
import { type ReactNode, useEffect, useState } from "react";
import { toast } from "sonner";
import { Confirm } from "../components/confirm.tsx";
import { useDesk } from "../hooks/use-desk.ts";
import { useLiveSession } from "../hooks/use-live-session.ts";
import { useReadMark } from "../hooks/use-read-mark.ts";
import { useSessionFacts } from "../hooks/use-session-facts.ts";
import { useStore } from "../hooks/use-store.ts";
import { useTitle } from "../hooks/use-title.ts";
import { SessionFailed } from "../session/SessionFailed.tsx";
import { HubBar } from "../shell/HubBar.tsx";
import { copyText } from "../text/clipboard.ts";
import { hasKeyboard } from "../text/keys.ts";
import { KeyBar } from "./KeyBar.tsx";
import { changeTabs, openTabs } from "./open-tabs.ts";
import { ViewersMenu } from "./PaneNotes.tsx";
import { type Direction, distinctNames, type PaneNode, panesOf, tabOf, withRatio, withTab } from "./pane-layout.ts";
import { ShareDialog } from "./ShareDialog.tsx";
import { Split } from "./Split.tsx";
import type { KeyAction } from "./screen/keys.ts";
import type { Screen } from "./screen/screen.ts";
import { closeScreen, knownScreen, screenCount } from "./screen/screens.ts";
import { TabStrip } from "./TabStrip.tsx";
import { TerminalDetails } from "./TerminalDetails.tsx";
import { type MenuAction, TerminalMenu } from "./TerminalMenu.tsx";
import { TerminalPane } from "./TerminalPane.tsx";
import { useKeyboardInset } from "./use-keyboard-inset.ts";
import { closeTab, useTerminalActions } from "./use-terminal-actions.ts";
import { useTitles } from "./use-titles.ts";

export function TerminalScreen({ sessionId }: { readonly sessionId: string }) {
  const router = useRouter();
  const tabs = useStore(openTabs);
  const { state } = useLiveSession(sessionId);
  const facts = useSessionFacts(sessionId, state);
  const titles = useTitles();
  const actions = useTerminalActions();
  const desk = useDesk();
  const inset = useKeyboardInset();
  const [renaming, setRenaming] = useState<string | null>(null);
  const [closing, setClosing] = useState<string | null>(null);
  const [searching, setSearching] = useState<string | null>(null);
  /** A pane that is drawn once more before the page is left would attach to its terminal again. */
  const [closed, setClosed] = useState<string | null>(null);
  const [panel, setPanel] = useState<"share" | "details" | null>(null);
  const { terminal, seq } = state.view.state;
  const titleOf = (id: string) => (id === sessionId && facts.title !== "" ? facts.title : (titles.get(id)?.title ?? ""));
  const mineOf = (id: string) => (id === sessionId ? facts.mine : titles.get(id)?.shared !== true);
  const current = tabOf(tabs, sessionId);
  useEffect(() => {
    setClosed(null);
    changeTabs((known) => withTab(known, sessionId));
  }, [sessionId]);
  useReadMark({ sessionId, seq: state.phase === "ready" ? state.view.last : 0, atEnd: true });
  useTitle(useRangTitle(facts.title === "" ? "Terminal" : facts.title));

  const go = (id: string | undefined) => router.push(id === undefined ? "/terminals" : `/sessions/${encodeURIComponent(id)}`);
  const openNew = (direction?: Direction) => {
    const { endpoint } = facts;
    if (endpoint === undefined) return;
    actions.open({ endpointId: endpoint.id, beside: direction === undefined ? undefined : { id: sessionId, direction } });
  };
  const close = (id: string) => {
    setClosed(id);
    const next = closeTab(id);
    closeScreen(id);
    if (id === sessionId || current === undefined) go(next);
  };
  const endAndClose = (id: string) => {
    actions.end(id);
    close(id);
  };
  const askToClose = (id: string) => {
    if (!mineOf(id)) return close(id);
    const ended = knownScreen(id)?.view.get().status.get().state === "ended";
    const atPrompt = knownScreen(id)?.marks.busy === false;
    if (ended || atPrompt) endAndClose(id);
    else setClosing(id);
  };
  const onKey = (action: KeyAction) => {
    if (action.kind === "tab") {
      const target = tabs[action.index];
      if (target !== undefined) go(panesOf(target)[0]);
    } else if (action.kind === "new") openNew();
    else if (action.kind === "split-row" || action.kind === "split-column") openNew(action.kind === "split-row" ? "row" : "column");
    else if (action.kind === "close") askToClose(sessionId);
    else if (action.kind === "leave") document.getElementById("terminal-bar")?.querySelector<HTMLElement>("a, button")?.focus();
  };
  const jump = (step: -1 | 1) => {
    if (knownScreen(sessionId)?.marks.jump(step) !== true) toast("There is no other prompt; only shells that mark theirs have them.");
  };
  const menu: Readonly<Record<MenuAction, () => void>> = {
    rename: () => setRenaming(sessionId),
    search: () => setSearching(sessionId),
    "split-row": () => openNew("row"),
    "split-column": () => openNew("column"),
    record: () => actions.record(sessionId, terminal?.recording !== true),
    share: () => setPanel("share"),
    details: () => setPanel("details"),
    "prompt-before": () => jump(-1),
    "prompt-after": () => jump(1),
    "give-back": () => knownScreen(sessionId)?.view.get().hold(false),
    "copy-screen": () => copyShown(knownScreen(sessionId)),
    close: () => askToClose(sessionId),
  };
  if (state.phase === "failed") return <SessionFailed error={state.error} />;

  const names = distinctNames(current === undefined ? [sessionId] : panesOf(current), titleOf);
  const pane = (id: string, shared: boolean) => (
    <TerminalPane
      key={id}
      sessionId={id}
      name={names.get(id) ?? ""}
      mine={mineOf(id)}
      active={id === sessionId}
      shared={shared}
      searching={searching === id}
      onSearching={(on) => setSearching(on ? id : null)}
      onActive={() => id !== sessionId && router.replace(`/sessions/${encodeURIComponent(id)}`)}
      onKey={onKey}
      onAction={(action) => (action === "again" ? actions.again(id) : askToClose(id))}
    />
  );
  const tabIndex = current === undefined ? -1 : tabs.indexOf(current);
  return (
    <div className="flex min-h-0 flex-1 flex-col" style={{ paddingBottom: inset }}>
      <header id="terminal-bar" className="flex min-h-12 items-center gap-1 border-b px-1 pad-safe-top">
        <h1 className="sr-only">{facts.title === "" ? "Terminal" : facts.title}</h1>
        <TabStrip
          tabs={tabs}
          current={sessionId}
          titleOf={titleOf}
          openedOf={(id) => titles.get(id)?.created_at}
          mayRename={mineOf}
          renaming={renaming}
          onRenaming={setRenaming}
          onClose={askToClose}
          onNew={facts.endpoint === undefined ? undefined : () => openNew()}
        />
        <HeldBy sessionId={sessionId}>
          {(holds) => (
            <TerminalMenu
              mine={facts.mine}
              open={terminal?.state === "open"}
              recording={terminal?.recording === true}
              holds={holds}
              maySplit={desk && facts.endpoint !== undefined}
              onAction={(action) => menu[action]()}
            />
          )}
        </HeldBy>
      </header>
      <HubBar />
      <div className="min-h-0 flex-1">
        {current !== undefined && desk ? (
          <Panes tab={current} index={tabIndex} path={[]} draw={pane} />
        ) : (
          closed !== sessionId && pane(sessionId, false)
        )}
      </div>
      {!hasKeyboard() && <ScreenKeys sessionId={sessionId} />}
      {panel === "share" && <ShareDialog sessionId={sessionId} onClose={() => setPanel(null)} />}
      {panel === "details" && (
        <TerminalDetails
          sessionId={sessionId}
          terminal={terminal}
          agent={facts.endpointName}
          machine={facts.endpoint?.runtime_name ?? ""}
          seq={seq}
          onClose={() => setPanel(null)}
        />
      )}
      <Confirm
        open={closing !== null}
        onOpenChange={(open) => !open && setClosing(null)}
        title={`Close “${titleOf(closing ?? "")}”?`}
        description="The program in it is ended. Recordings stay."
        action="Close terminal"
        onConfirm={() => closing !== null && endAndClose(closing)}
      />
    </div>
  );
}

interface PanesProps {
  readonly tab: PaneNode;
  readonly index: number;
  readonly path: readonly (0 | 1)[];
  readonly draw: (id: string, shared: boolean) => ReactNode;
}

function Panes({ tab, index, path, draw }: PanesProps) {
  if (tab.kind === "pane") return draw(tab.id, path.length > 0);
  const { direction, ratio, children } = tab;
  return (
    <Split direction={direction} ratio={ratio} onRatio={(next) => changeTabs((tabs) => withRatio(tabs, index, path, next))}>
      {[
        <Panes key="0" tab={children[0]} index={index} path={[...path, 0]} draw={draw} />,
        <Panes key="1" tab={children[1]} index={index} path={[...path, 1]} draw={draw} />,
      ]}
    </Split>
  );
}

function ScreenKeys({ sessionId }: { readonly sessionId: string }) {
  useStore(screenCount);
  const screen = knownScreen(sessionId);
  if (screen === undefined) return null;
  const paste = () => {
    const read = navigator.clipboard?.readText?.() ?? Promise.reject(new Error("not offered"));
    read.then(
      (text) => (text === "" ? undefined : screen.offerPaste(text)),
      () => toast("This browser lets a page paste only from its own menu: hold a finger on the terminal."),
    );
  };
  return <KeyBar screen={screen} onPaste={paste} />;
}

const NO_VIEW = createStore<Terminal | undefined>(undefined);
const NO_STATUS = createStore<TerminalStatus | undefined>(undefined);

/** The viewers, and whether this tab has the keys. */
function HeldBy({ sessionId, children }: { readonly sessionId: string; readonly children: (holds: boolean) => ReactNode }) {
  useStore(screenCount);
  // None yet, or no more: its pane makes it, and a tab that is closed must not attach again.
  const view = useStore(knownScreen(sessionId)?.view ?? NO_VIEW);
  const status = useStore(view?.status ?? NO_STATUS);
  return (
    <>
      {status !== undefined && <ViewersMenu status={status} />}
      {children(status?.state === "live" && status.holds)}
    </>
  );
}

/** The page's title, with a sign while any terminal of this window rang unseen. */
function useRangTitle(title: string): string {
  const count = useStore(screenCount);
  const [rang, setRang] = useState(false);
  const ids = useStore(openTabs).flatMap(panesOf);
  const key = ids.join();
  useEffect(() => {
    if (count < 0) return;
    const screens = key.split(",").flatMap((id) => knownScreen(id) ?? []);
    const look = () => setRang(screens.some(({ facts }) => facts.get().bell !== null));
    look();
    const stops = screens.map(({ facts }) => facts.subscribe(look));
    return () => {
      for (const stop of stops) stop();
    };
  }, [key, count]);
  return rang ? `🔔 ${title}` : title;
}

function copyShown(screen: Screen | undefined): void {
  if (screen === undefined) return;
  const { rows, buffer } = screen.xterm;
  const { active } = buffer;
  const lines = Array.from({ length: rows }, (_, row) => active.getLine(active.viewportY + row)?.translateToString(true) ?? "");
  copyText(lines.join("\n").trimEnd()).then(
    () => toast.success("Copied what is shown."),
    () => toast.error("The browser did not allow copying."),
  );
}
