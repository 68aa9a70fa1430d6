/** One terminal as it is drawn: xterm, the view of the hub's terminal behind it, and an element that can be moved from place to place. */
"use client";
import "@xterm/xterm/css/xterm.css";
import { type Client, createStore, type ReadableStore, type Terminal } from "@fairlead/client";
import type { TerminalSize } from "@fairlead/protocol";
import { type ITheme, Terminal as Xterm } from "@xterm/xterm";
import { hasKeyboard } from "../../text/keys.ts";
import { renewViewerId, viewerIdOf } from "../viewer-id.ts";
import { type Addons, drawWithGraphicsCard, loadAddons } from "./addons.ts";
import { watchCopies } from "./copying.ts";
import { prepareField } from "./field.ts";
import { shrinkToPane, sizeOfPane } from "./fit.ts";
import { changeLook, look } from "./look.ts";
import { createMarks, type Marks } from "./marks.ts";
import { createSilence } from "./silence.ts";
import { watchTouch } from "./touch.ts";
import { createScreenTyping, type ScreenTyping, safePaste, type TypingEvents } from "./typing.ts";

export interface ScreenFacts {
  /** What the program calls its window. */
  readonly title: string;
  /** When the bell rang while nobody looked at this terminal (ms); null: it did not. */
  readonly bell: number | null;
  /** Whether older lines are shown. */
  readonly scrolled: boolean;
}

export interface Screen {
  readonly sessionId: string;
  readonly element: HTMLElement;
  readonly xterm: Xterm;
  readonly addons: Addons;
  readonly marks: Marks;
  readonly typing: ScreenTyping;
  readonly facts: ReadableStore<ScreenFacts>;
  /** The view of the terminal; another one after `renew`. */
  readonly view: ReadableStore<Terminal>;
  /** Attaches anew under another name: what waits is dropped. */
  renew(): void;
  /** The pane has another size, or who holds the terminal changed. */
  fit(): void;
  paint(theme: ITheme): void;
  /** Pastes as a terminal does. */
  paste(text: string): void;
  /** The same, after a question where several lines would be run line by line. */
  offerPaste(text: string): void;
  /** Lets it have the keys, as soon as it is on the page. */
  focus(): void;
  /** Somebody looks at it. */
  look(): void;
  dispose(): void;
}

export interface ScreenEvents extends TypingEvents {
  bell(): void;
  /** Somebody looked after it rang. */
  heard(): void;
  /** The program copied a text for who types here; undefined: one that cannot be copied. */
  copied(text: string | undefined): void;
  /** Asks before a paste of several lines is run line by line. */
  confirmPaste(text: string): void;
}

const SCROLLBACK = 10_000;

export function createScreen(hub: Client, sessionId: string, events: ScreenEvents): Screen {
  const element = document.createElement("div");
  // The browser must not take a finger's way down for a wish to reload the page.
  element.className = "size-full touch-none overflow-hidden";
  const { fontSize, screenReader, optionIsAlt } = look.get();
  const xterm = new Xterm({
    allowProposedApi: true,
    cursorBlink: true,
    fontFamily: monospace(),
    fontSize,
    macOptionIsMeta: optionIsAlt,
    minimumContrastRatio: 4.5,
    rightClickSelectsWord: true,
    screenReaderMode: screenReader,
    scrollback: SCROLLBACK,
  });
  const addons = loadAddons(xterm);
  const marks = createMarks(xterm);
  const silence = createSilence(xterm);
  let isOld = false;
  const facts = createStore<ScreenFacts>({ title: "", bell: null, scrolled: false });
  const tell = (next: Partial<ScreenFacts>) => facts.set({ ...facts.get(), ...next });

  /** Changes of size and resets wait their turn behind what is still to be drawn. */
  const inTurn = (act: () => void) => xterm.write("", act);
  const resize = ({ cols, rows }: TerminalSize) => {
    xterm.resize(cols, rows);
    fit();
    redraw();
  };
  /** A screen that changed its size and its letters in one moment is not drawn again by itself. */
  const redraw = () => requestAnimationFrame(() => xterm.refresh(0, xterm.rows - 1));
  const open = (): Terminal => {
    const view: Terminal = hub.terminal(
      { session_id: sessionId, viewer_id: viewerIdOf(sessionId) },
      {
        output(bytes, replayed) {
          inTurn(() => {
            isOld = replayed;
            silence(replayed);
          });
          xterm.write(bytes, () => view.drawn(bytes.length));
        },
        reset(size) {
          inTurn(() => {
            xterm.reset();
            resize(size);
          });
        },
        size: (size) => inTurn(() => resize(size)),
      },
    );
    return view;
  };
  const view = createStore<Terminal>(open());
  const typing = createScreenTyping(() => view.get(), events);
  let stopStatus: () => void = () => undefined;
  let held = view.get().status.get().holds;
  const follow = () => {
    stopStatus();
    stopStatus = view.get().status.subscribe(() => {
      typing.drain();
      const { holds } = view.get().status.get();
      if (holds === held) return;
      held = holds;
      fit();
      redraw();
    });
  };
  follow();

  const parts = { xterm, addon: addons.fit, host: element };
  let wished: TerminalSize | undefined;
  function fit() {
    if (!element.isConnected || xterm.element === undefined) return;
    const font = look.get().fontSize;
    const { holds, state, size } = view.get().status.get();
    // Before the hub has said who holds it, the size of this pane is wished for: most often nobody does.
    if (holds || size === null) {
      xterm.element.style.transform = "";
      const next = sizeOfPane(parts, font);
      if (next === undefined) return;
      if (next.cols !== wished?.cols || next.rows !== wished.rows) wished = next;
      view.get().resize(wished);
    }
    if (!holds || state !== "live") shrinkToPane(parts, font);
  }

  xterm.onData(typing.text);
  xterm.onBinary((data) => typing.bytes(Uint8Array.from(data, (character) => character.charCodeAt(0))));
  xterm.onTitleChange((title) => tell({ title: title.slice(0, 200) }));
  // `onScroll` tells of new lines, not of a wheel or a finger; every scrolling is drawn.
  xterm.onRender(() => {
    const scrolled = isScrolled(xterm);
    if (scrolled !== facts.get().scrolled) tell({ scrolled });
  });
  xterm.onBell(() => {
    if (document.visibilityState === "visible" && element.contains(document.activeElement)) return;
    tell({ bell: Date.now() });
    events.bell();
  });
  const isTypedIn = () => view.get().status.get().holds && document.hasFocus() && element.contains(document.activeElement);
  watchCopies(xterm, (text) => {
    if (!isOld && isTypedIn()) events.copied(text);
  });
  const paste = (text: string) => xterm.paste(safePaste(text));
  const offerPaste = (text: string) => {
    const runsLines = !xterm.modes.bracketedPasteMode && /[\r\n]./.test(text.trimEnd());
    if (runsLines) events.confirmPaste(text);
    else paste(text);
  };
  element.addEventListener(
    "paste",
    (event) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      event.preventDefault();
      event.stopPropagation();
      offerPaste(text);
    },
    { capture: true },
  );
  const stopTouch = watchTouch({
    host: element,
    xterm,
    fontSize: () => look.get().fontSize,
    onFontSize: (size) => changeLook({ fontSize: size }),
  });
  const stopLook = look.subscribe(() => {
    xterm.options.screenReaderMode = look.get().screenReader;
    xterm.options.macOptionIsMeta = look.get().optionIsAlt;
    fit();
    redraw();
  });
  let opened = false;
  let wantsFocus = false;
  const place = new ResizeObserver(() => {
    if (!opened && element.isConnected && element.clientWidth > 0) {
      opened = true;
      xterm.open(element);
      prepareField(xterm, hasKeyboard());
      drawWithGraphicsCard(xterm);
      if (wantsFocus) xterm.focus();
    }
    fit();
  });
  place.observe(element);
  document.fonts.ready.then(
    () => fit(),
    () => undefined,
  );

  return {
    sessionId,
    element,
    xterm,
    addons,
    marks,
    typing,
    facts,
    view,
    renew() {
      view.get().detach();
      typing.drop();
      renewViewerId(sessionId);
      view.set(open());
      follow();
      fit();
    },
    fit,
    paint(theme) {
      xterm.options.theme = theme;
    },
    paste,
    offerPaste,
    focus() {
      wantsFocus = true;
      xterm.focus();
    },
    look() {
      if (facts.get().bell === null) return;
      tell({ bell: null });
      events.heard();
    },
    dispose() {
      stopStatus();
      stopTouch();
      stopLook();
      place.disconnect();
      view.get().detach();
      xterm.dispose();
      element.remove();
    },
  };
}

function isScrolled({ buffer }: Xterm): boolean {
  return buffer.active.viewportY < buffer.active.baseY;
}

function monospace(): string {
  const own = getComputedStyle(document.documentElement).getPropertyValue("--font-geist-mono").trim();
  return [own, "ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"].filter((name) => name !== "").join(", ");
}
