/** The terminal's screen as a program's output draws it: parsed later than it is sent on, so that keys never wait for parsing. */
import type { TerminalSize } from "@fairlead/protocol";
import unicode11 from "@xterm/addon-unicode11";
import headless from "@xterm/headless";
import { watchColours } from "./colours.ts";
import { drawScreen } from "./drawing.ts";
import { lookInside } from "./emulator.ts";
import { readScreen, type ScreenText } from "./screen-text.ts";
import type { SizeChange } from "./size-log.ts";
import { createRecentBytes } from "./unfinished.ts";

/** Output handed to the parser at once (bytes): a few milliseconds of work. */
const AT_ONCE = 64 * 1024;

export interface Snapshot {
  /** Up to where in the output it is drawn. */
  readonly position: number;
  readonly size: TerminalSize;
  readonly size_serial: number;
  /** Bytes that draw the screen on an empty terminal of this size. */
  readonly parts: readonly Uint8Array[];
}

export interface ScreenOptions {
  readonly first: SizeChange;
  /** Lines kept above the screen. */
  readonly scrollback: number;
  /** The terminal answers a question of its program, e.g. where its cursor is. */
  readonly onAnswer: (text: string) => void;
  /** Some of the backlog was parsed. */
  readonly onParsed: () => void;
}

export interface Screen {
  /** Takes output over; it is parsed soon. */
  feed(bytes: Uint8Array): void;
  /** The size changes after all that was fed. */
  resize(change: SizeChange): void;
  /** Bytes fed and not parsed. */
  backlog(): number;
  /** Draws the screen as it stands after some of what was fed; parsing waits meanwhile. Rejects after `dispose`. */
  snapshot(): Promise<Snapshot>;
  /** Reads the screen as it stands after all that was fed before this call, with so many lines of its history. Rejects after `dispose`. */
  read(history: number): Promise<ScreenText>;
  dispose(): void;
}

export function createScreen(options: ScreenOptions): Screen {
  const { cols, rows } = options.first.size;
  const terminal = new headless.Terminal({ allowProposedApi: true, cols, rows, scrollback: options.scrollback, logLevel: "off" });
  terminal.loadAddon(new unicode11.Unicode11Addon());
  terminal.unicode.activeVersion = "11";
  let title = "";
  terminal.onTitleChange((text) => {
    title = text;
  });
  terminal.onData(options.onAnswer);
  const colours = watchColours(terminal);
  const recent = createRecentBytes();

  /** What waits, in order: output, sizes, and looks at the screen. */
  let queue: (Uint8Array | SizeChange | (() => void | Promise<void>))[] = [];
  let fed = 0;
  let parsed = 0;
  let serial = options.first.serial;
  let busy = false;
  let disposed = false;
  /** Ends the looks that will never have their turn. */
  const waiting = new Set<() => void>();

  function pump(): void {
    if (busy || disposed) return;
    const [first] = queue;
    if (first === undefined) return;
    if (first instanceof Uint8Array) {
      parse();
      return;
    }
    queue.shift();
    if (typeof first !== "function") {
      serial = first.serial;
      terminal.resize(first.size.cols, first.size.rows);
      pump();
      return;
    }
    busy = true;
    void Promise.resolve(first()).finally(() => {
      busy = false;
      pump();
    });
  }

  /** Hands the next output to the parser, which works in slices of a few milliseconds. */
  function parse(): void {
    let size = 0;
    let count = 0;
    for (const entry of queue) {
      if (!(entry instanceof Uint8Array) || size >= AT_ONCE) break;
      size += entry.length;
      count += 1;
    }
    const chunks = queue.splice(0, count) as Uint8Array[];
    busy = true;
    const done = () => {
      busy = false;
      parsed += size;
      if (disposed) return;
      options.onParsed();
      pump();
    };
    for (const [index, chunk] of chunks.entries()) {
      recent.add(chunk);
      terminal.write(chunk, index === chunks.length - 1 ? done : undefined);
    }
  }

  async function draw(): Promise<Snapshot> {
    const size = { cols: terminal.cols, rows: terminal.rows };
    const name = title === "" ? "" : `\x1b]2;${title}\x1b\\`;
    const drawn = await drawScreen(terminal, name + colours.draw());
    const rest = recent.unfinished(lookInside(terminal).parsing);
    return { position: parsed, size, size_serial: serial, parts: [...drawn, rest].filter(({ length }) => length > 0) };
  }

  /** Runs `look` when it is its turn: at once, before what waits, or after it. */
  function look<T>(where: "front" | "back", task: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const refuse = () => reject(new Error("The terminal has ended."));
      if (disposed) {
        refuse();
        return;
      }
      waiting.add(refuse);
      const entry = () => {
        waiting.delete(refuse);
        return Promise.resolve().then(task).then(resolve, reject);
      };
      if (where === "front") queue.unshift(entry);
      else queue.push(entry);
      pump();
    });
  }

  return {
    feed(bytes) {
      fed += bytes.length;
      queue.push(bytes);
      pump();
    },
    resize(change) {
      queue.push(change);
      pump();
    },
    backlog: () => fed - parsed,
    snapshot: () => look("front", draw),
    read: (history) => look("back", () => ({ ...readScreen(terminal, history), title, offset: parsed })),
    dispose() {
      disposed = true;
      queue = [];
      for (const refuse of waiting) refuse();
      waiting.clear();
      terminal.dispose();
    },
  };
}
