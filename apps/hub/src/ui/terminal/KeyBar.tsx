/** The keys that screen keyboards lack, above them. Ctrl and Alt hold for the next key, whichever keyboard it comes from. */
"use client";
import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, ClipboardPaste, type LucideIcon } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useRef } from "react";
import { cn } from "../cn.ts";
import { useStore } from "../hooks/use-store.ts";
import type { Screen } from "./screen/screen.ts";

/** Before a held key repeats, and between repetitions (ms). */
const HOLD = 400;
const REPEAT = 70;

interface KeyBarProps {
  readonly screen: Screen;
  readonly onPaste: () => void;
}

const ARROWS: readonly { readonly name: string; readonly letter: string; readonly Icon: LucideIcon }[] = [
  { name: "Left", letter: "D", Icon: ArrowLeft },
  { name: "Down", letter: "B", Icon: ArrowDown },
  { name: "Up", letter: "A", Icon: ArrowUp },
  { name: "Right", letter: "C", Icon: ArrowRight },
];

export function KeyBar({ screen, onPaste }: KeyBarProps) {
  const { modifiers } = screen.typing;
  const pressed = useStore(modifiers);
  const press = (data: string) => screen.xterm.input(data, true);
  const arrow = (letter: string) => press(`\x1b${screen.xterm.modes.applicationCursorKeysMode ? "O" : "["}${letter}`);
  const page = (code: string) => press(`\x1b[${code}~`);
  return (
    <div
      role="toolbar"
      aria-label="Keys"
      className="flex shrink-0 touch-pan-x gap-1 overflow-x-auto border-t bg-panel px-1.5 py-1 [scrollbar-width:none]"
    >
      <Key label="Escape" onPress={() => press("\x1b")}>
        Esc
      </Key>
      <Key label="Tab" onPress={() => press("\t")}>
        Tab
      </Key>
      <Key label="Control" held={pressed.ctrl} onPress={() => modifiers.set({ ...pressed, ctrl: !pressed.ctrl })}>
        Ctrl
      </Key>
      <Key label="Alt" held={pressed.alt} onPress={() => modifiers.set({ ...pressed, alt: !pressed.alt })}>
        Alt
      </Key>
      {ARROWS.map(({ name, letter, Icon }) => (
        <Key key={name} label={name} repeats onPress={() => arrow(letter)}>
          <Icon aria-hidden className="size-4" />
        </Key>
      ))}
      {["|", "~", "/", "-"].map((character) => (
        <Key key={character} label={character} onPress={() => press(character)}>
          {character}
        </Key>
      ))}
      <Key label="Paste" onPress={onPaste}>
        <ClipboardPaste aria-hidden className="size-4" />
      </Key>
      <Key label="Page up" repeats onPress={() => page("5")}>
        PgUp
      </Key>
      <Key label="Page down" repeats onPress={() => page("6")}>
        PgDn
      </Key>
    </div>
  );
}

interface KeyProps {
  readonly label: string;
  readonly held?: boolean;
  readonly repeats?: boolean;
  readonly onPress: () => void;
  readonly children: ReactNode;
}

/** A press never takes the focus from the terminal: the screen keyboard would close. */
function Key({ label, held, repeats = false, onPress, children }: KeyProps) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const repeated = useRef(false);
  const latest = useRef(onPress);
  latest.current = onPress;
  const stop = useCallback(() => clearTimeout(timer.current), []);
  useEffect(() => stop, [stop]);
  const again = () => {
    repeated.current = true;
    latest.current();
    timer.current = setTimeout(again, REPEAT);
  };
  const click = () => {
    stop();
    if (!repeated.current) latest.current();
    repeated.current = false;
  };
  return (
    <button
      type="button"
      aria-label={label}
      aria-pressed={held}
      onMouseDown={(event) => event.preventDefault()}
      onPointerDown={() => {
        repeated.current = false;
        if (repeats) timer.current = setTimeout(again, HOLD);
      }}
      onPointerUp={stop}
      onPointerLeave={stop}
      onPointerCancel={stop}
      onContextMenu={(event) => event.preventDefault()}
      onClick={click}
      className={cn(
        "inline-flex h-11 min-w-11 shrink-0 select-none items-center justify-center rounded-md border bg-card px-2 font-medium font-mono text-sm active:bg-accent",
        held === true && "border-primary bg-primary text-primary-foreground",
      )}
    >
      {children}
    </button>
  );
}
