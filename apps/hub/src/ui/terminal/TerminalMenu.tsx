/** What can be done with a terminal, and how terminals look on this device. */
"use client";
import {
  ArrowDownToLine,
  ArrowUpToLine,
  Circle,
  CircleStop,
  Columns2,
  Copy,
  Ellipsis,
  Info,
  KeyboardOff,
  Minus,
  Pencil,
  Plus,
  Rows2,
  Search,
  Share2,
  X,
} from "lucide-react";
import {
  Menu,
  MenuCheckboxItem,
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuRadioGroup,
  MenuRadioItem,
  MenuSeparator,
  MenuTrigger,
} from "../components/menu.tsx";
import { useStore } from "../hooks/use-store.ts";
import { isApple } from "../text/keys.ts";
import { changeLook, look } from "./screen/look.ts";
import { SCHEME_NAMES, SCHEMES, type Scheme } from "./themes.ts";

export type MenuAction =
  | "rename"
  | "search"
  | "copy-screen"
  | "split-row"
  | "split-column"
  | "record"
  | "share"
  | "details"
  | "prompt-before"
  | "prompt-after"
  | "give-back"
  | "close";

interface TerminalMenuProps {
  readonly mine: boolean;
  /** Whether a program runs. */
  readonly open: boolean;
  readonly recording: boolean;
  readonly holds: boolean;
  readonly maySplit: boolean;
  readonly onAction: (action: MenuAction) => void;
}

export function TerminalMenu({ mine, open, recording, holds, maySplit, onAction }: TerminalMenuProps) {
  const { fontSize, scheme, screenReader, optionIsAlt } = useStore(look);
  const item = (action: MenuAction, Icon: typeof Search, label: string) => (
    <MenuItem onSelect={() => onAction(action)}>
      <Icon aria-hidden /> {label}
    </MenuItem>
  );
  return (
    <Menu>
      <MenuTrigger
        aria-label="More about this terminal"
        className="inline-flex size-11 shrink-0 items-center justify-center rounded-lg text-muted-foreground hover:bg-accent hover:text-accent-foreground md:size-9"
      >
        <Ellipsis aria-hidden className="size-5" />
      </MenuTrigger>
      <MenuContent align="end" className="max-h-[min(80dvh,var(--radix-dropdown-menu-content-available-height))] w-64 overflow-y-auto">
        {item("search", Search, "Find…")}
        {item("copy-screen", Copy, "Copy what is shown")}
        {item("prompt-before", ArrowUpToLine, "Previous prompt")}
        {item("prompt-after", ArrowDownToLine, "Next prompt")}
        {holds && item("give-back", KeyboardOff, "Give the keys back")}
        {maySplit && item("split-row", Columns2, "Split side by side")}
        {maySplit && item("split-column", Rows2, "Split stacked")}
        <MenuSeparator />
        {mine && item("rename", Pencil, "Rename")}
        {mine && item("share", Share2, "Share…")}
        {mine && open && item("record", recording ? CircleStop : Circle, recording ? "Stop recording" : "Record")}
        {item("details", Info, "Details and recordings")}
        <MenuSeparator />
        <div className="flex items-center gap-1 px-2.5 py-1 text-sm">
          <span className="flex-1">Text size</span>
          <MenuItem aria-label="Smaller text" onSelect={(event) => step(event, -1)} className="size-11 justify-center px-0 md:size-9">
            <Minus aria-hidden />
          </MenuItem>
          <span className="w-8 text-center tabular-nums">{fontSize}</span>
          <MenuItem aria-label="Larger text" onSelect={(event) => step(event, 1)} className="size-11 justify-center px-0 md:size-9">
            <Plus aria-hidden />
          </MenuItem>
        </div>
        <MenuCheckboxItem
          checked={screenReader}
          onCheckedChange={(on) => changeLook({ screenReader: on })}
          onSelect={(event) => event.preventDefault()}
        >
          Screen reader
        </MenuCheckboxItem>
        {isApple() && (
          <MenuCheckboxItem
            checked={optionIsAlt}
            onCheckedChange={(on) => changeLook({ optionIsAlt: on })}
            onSelect={(event) => event.preventDefault()}
          >
            Option is Alt
          </MenuCheckboxItem>
        )}
        <MenuLabel>Colours</MenuLabel>
        <MenuRadioGroup value={scheme} onValueChange={(value) => changeLook({ scheme: value as Scheme })}>
          {SCHEMES.map((name) => (
            <MenuRadioItem key={name} value={name}>
              {SCHEME_NAMES[name]}
            </MenuRadioItem>
          ))}
        </MenuRadioGroup>
        <MenuSeparator />
        <MenuItem destructive={mine} onSelect={() => onAction("close")}>
          <X aria-hidden /> {mine && open ? "Close terminal…" : "Close tab"}
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}

/** The menu stays open: one seldom wants just one step. */
function step(event: Event, by: number): void {
  event.preventDefault();
  changeLook({ fontSize: look.get().fontSize + by });
}
