/** One terminal in its pane: the screen, what is to be said about it, search, and what its keys do to the page. */
"use client";
import { ArrowDown } from "lucide-react";
import { useTheme } from "next-themes";
import { useCallback, useEffect, useRef, useState } from "react";
import { toast } from "sonner";
import { cn } from "../cn.ts";
import { Button } from "../components/button.tsx";
import { Confirm } from "../components/confirm.tsx";
import { useHub } from "../hooks/use-hub.tsx";
import { useLiveSession } from "../hooks/use-live-session.ts";
import { useNow } from "../hooks/use-now.ts";
import { useStore } from "../hooks/use-store.ts";
import { copyText } from "../text/clipboard.ts";
import { hasKeyboard, isApple } from "../text/keys.ts";
import { type PaneAction, paneWords } from "../text/terminal-words.ts";
import { countWords } from "../text/time-words.ts";
import { AsideNote, RecordingBadge, StateNote, WatchNote } from "./PaneNotes.tsx";
import { SearchBar } from "./SearchBar.tsx";
import { actionOf, type KeyAction } from "./screen/keys.ts";
import { changeLook, FONT_SIZES, look } from "./screen/look.ts";
import type { Screen } from "./screen/screen.ts";
import { onNotice, screenOf } from "./screen/screens.ts";
import { themeOf } from "./themes.ts";

interface TerminalPaneProps {
  readonly sessionId: string;
  /** No other pane of the page has it. */
  readonly name: string;
  readonly mine: boolean;
  /** Whether keys go to this pane. */
  readonly active: boolean;
  /** Whether it shares its tab. */
  readonly shared: boolean;
  readonly searching: boolean;
  readonly onSearching: (on: boolean) => void;
  readonly onActive: () => void;
  readonly onKey: (action: KeyAction) => void;
  readonly onAction: (action: PaneAction) => void;
}

export function TerminalPane(props: TerminalPaneProps) {
  const { sessionId, name, active, searching, onSearching } = props;
  const hub = useHub();
  const [screen, setScreen] = useState<Screen | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const [pasting, setPasting] = useState<string | null>(null);
  const { resolvedTheme } = useTheme();
  const { scheme } = useStore(look);
  const theme = themeOf(scheme, resolvedTheme === "dark");
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const own = screenOf(hub, sessionId);
    place.current?.append(own.element);
    setScreen(own);
    own.xterm.attachCustomKeyEventHandler((event) => {
      const action = actionOf(event, isApple() && !look.get().optionIsAlt);
      if (action === undefined) return true;
      if (event.type === "keydown") act(own, action, event);
      return false;
    });
    const stopNotices = onNotice(sessionId, (notice) => {
      if (notice.kind === "paste") setPasting(notice.text);
      else if (notice.kind === "copied") copyForProgram(notice.text);
      else if (notice.kind === "dropped")
        toast.error(`${countWords(notice.bytes, "key")} not typed: the program they were meant for is gone.`);
      else if (notice.kind === "full") toast.error("Too much waits to be typed; the last of it was not taken.", { id: "terminal-full" });
    });
    const act = (target: Screen, action: KeyAction, event: KeyboardEvent) => {
      // The browser's own paste follows this key; all others are done here.
      if (action.kind === "paste") return;
      event.preventDefault();
      if (action.kind === "search") latest.current.onSearching(true);
      else if (!actOnScreen(target, action)) latest.current.onKey(action);
    };
    return () => {
      stopNotices();
      // The screen lives on; another pane may have taken it by now.
      if (own.element.parentElement === place.current) own.element.remove();
    };
  }, [hub, sessionId]);

  useEffect(() => screen?.paint(theme), [screen, theme]);
  useEffect(() => {
    if (screen === null || !active) return;
    screen.look();
    // On a phone the keyboard would cover what one came to read.
    if (hasKeyboard()) screen.focus();
    const onVisible = () => {
      if (document.visibilityState === "visible") screen.look();
    };
    document.addEventListener("visibilitychange", onVisible);
    return () => document.removeEventListener("visibilitychange", onVisible);
  }, [screen, active]);
  const closeSearch = useCallback(() => {
    onSearching(false);
    screen?.focus();
  }, [onSearching, screen]);

  const onTouched = () => {
    props.onActive();
    screen?.look();
  };
  return (
    <section
      aria-label={`Terminal ${name}`}
      onFocusCapture={onTouched}
      onPointerDownCapture={onTouched}
      className={cn("relative flex size-full min-h-0 min-w-0 flex-col", props.shared && active && "ring-1 ring-primary ring-inset")}
    >
      {screen !== null && <Notes {...props} screen={screen} />}
      {screen !== null && <PaneRecording sessionId={sessionId} />}
      <div className="relative min-h-0 flex-1 overflow-hidden p-1" style={{ backgroundColor: theme.background }}>
        <div ref={place} data-testid="terminal" className="size-full overflow-hidden" />
        {searching && screen !== null && <SearchBar screen={screen} onClose={closeSearch} />}
        {screen !== null && <ToEnd screen={screen} />}
      </div>
      <Confirm
        open={pasting !== null}
        onOpenChange={(open) => !open && setPasting(null)}
        title={`Paste ${countWords((pasting ?? "").trimEnd().split(/\r\n|[\r\n]/).length, "line")}?`}
        description={`The program runs each line as it comes. It begins with: ${(pasting ?? "").slice(0, 120)}`}
        action="Paste"
        onConfirm={() => screen?.paste(pasting ?? "")}
      />
    </section>
  );
}

/** What a key does to the screen itself; false: it is for the page. */
function actOnScreen(screen: Screen, { kind }: KeyAction): boolean {
  const { fontSize } = look.get();
  const acts: Partial<Record<KeyAction["kind"], () => unknown>> = {
    copy: () => copySelection(screen),
    bigger: () => changeLook({ fontSize: fontSize + 1 }),
    smaller: () => changeLook({ fontSize: fontSize - 1 }),
    usual: () => changeLook({ fontSize: FONT_SIZES.usual }),
    "prompt-before": () => screen.marks.jump(-1),
    "prompt-after": () => screen.marks.jump(1),
  };
  acts[kind]?.();
  return acts[kind] !== undefined;
}

function copySelection(screen: Screen): void {
  const text = screen.xterm.getSelection();
  if (text === "") return;
  copyText(text).then(
    () => toast.success("Copied.", { id: "terminal-copied", duration: 1_500 }),
    () => toast.error("The browser did not allow copying."),
  );
}

/** Said each time: a clipboard must not change unseen. */
function copyForProgram(text: string | undefined): void {
  const told = { id: "terminal-copied" };
  if (text === undefined) {
    toast.error("The program wanted to copy more than 1 MiB, or what is no text: nothing was copied.", told);
    return;
  }
  copyText(text).then(
    () => toast.success(`The program copied ${countWords(text.length, "character")}.`, told),
    () => toast.error("The browser did not let the program copy: select the text and copy it.", told),
  );
}

/** In the pane, not above all: it is said of the terminal that is recorded. Beside its screen, of which it hides nothing. */
function PaneRecording({ sessionId }: { readonly sessionId: string }) {
  const { state } = useLiveSession(sessionId);
  if (state.view.state.terminal?.recording !== true) return null;
  return (
    <div className="flex justify-end px-2 py-0.5">
      <RecordingBadge />
    </div>
  );
}

function ToEnd({ screen }: { readonly screen: Screen }) {
  const { scrolled } = useStore(screen.facts);
  if (!scrolled) return null;
  return (
    <Button
      variant="secondary"
      size="icon"
      aria-label="To the newest line"
      className="absolute right-4 bottom-3 z-10 rounded-full shadow-md"
      onClick={() => screen.xterm.scrollToBottom()}
    >
      <ArrowDown aria-hidden />
    </Button>
  );
}

function Notes({ screen, sessionId, mine, onAction }: TerminalPaneProps & { readonly screen: Screen }) {
  const hub = useHub();
  const view = useStore(screen.view);
  const status = useStore(view.status);
  const link = useStore(hub.socket.status);
  const { state } = useLiveSession(sessionId);
  useNow(1_000);
  const waiting = status.waiting + screen.typing.held();
  const words = paneWords({
    status,
    terminal: state.view.state.terminal,
    connected: link.state === "live",
    connectedSince: link.since,
    waiting,
    now: Date.now(),
    mine,
  });
  const act = (action: PaneAction) => {
    if (action === "here") screen.renew();
    else if (action === "retry") view.retry();
    else onAction(action);
  };
  return (
    <>
      {words !== undefined && <StateNote words={words} onAction={act} />}
      {status.aside !== null && (
        <AsideNote aside={status.aside} behind={screen.typing.held()} now={Date.now()} onSettle={screen.typing.settle} />
      )}
      <WatchNote status={status} waiting={waiting} onTake={() => view.hold(true)} onDrop={screen.renew} />
    </>
  );
}
