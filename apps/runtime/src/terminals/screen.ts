/** The terminal's screen as a program's output draws it: parsed later than it is sent on, so that keys never wait for parsing. */
import type { TerminalSize } from "@fairlead/protocol";
import unicode11 from "@xterm/addon-unicode11";
import headless from "@xterm/headless";
import { clipText } from "../process/text.ts";
import { watchColours } from "./colours.ts";
import { drawScreen } from "./drawing.ts";
import { lookInside } from "./emulator.ts";
import { createPlainRun, type PlainRun } from "./plain-run.ts";
import { watchPrompts } from "./prompts.ts";
import { cutAtQuestions } from "./questions.ts";
import { readScreen, type ScreenText } from "./screen-text.ts";
import type { SizeChange } from "./size-log.ts";
import { createRecentBytes } from "./unfinished.ts";

/** Output handed to the parser at once (bytes): a few milliseconds of work. */
const AT_ONCE = 64 * 1024;
/** Of a window's title so much is kept (characters): a program may give it megabytes. */
const TITLE_CHARS = 1_000;
/**
 * Output may wait until so long (ms) none came: its program and whoever looks at it have the processor first. Of plain output there may be
 * so much (bytes), for more of it may spare the parsing; of other output no more than is handed to the parser at once.
 */
const QUIET_MS = 50;
const WAITING_BYTES = 4 * 1024 * 1024;

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
  /** Its program asks the terminal, e.g. where its cursor is, in output that ends at this position: so this one would answer. */
  readonly onQuestion: (position: number, answer: string) => void;
  /** Whether questions in output that comes now are likely to be answered here; such output does not wait. */
  readonly isAsked: () => boolean;
  /** Some of the backlog was parsed. */
  readonly onParsed: () => void;
}

export interface Screen {
  /** Copies output; it is parsed before anybody looks. */
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

/** What waits for its turn, in order. */
type Waiting =
  | { readonly kind: "output"; readonly bytes: Uint8Array }
  | { readonly kind: "plain"; readonly run: PlainRun }
  | { readonly kind: "size"; readonly change: SizeChange }
  | { readonly kind: "look"; readonly task: () => Promise<void> };

export function createScreen(options: ScreenOptions): Screen {
  const { cols, rows } = options.first.size;
  const terminal = new headless.Terminal({ allowProposedApi: true, cols, rows, scrollback: options.scrollback, logLevel: "off" });
  terminal.loadAddon(new unicode11.Unicode11Addon());
  terminal.unicode.activeVersion = "11";
  let title = "";
  terminal.onTitleChange((text) => {
    title = clipText(text, TITLE_CHARS);
  });
  /** Where what is parsed just now ends. */
  let place = 0;
  terminal.onData((text) => options.onQuestion(place, text));
  const colours = watchColours(terminal);
  const prompts = watchPrompts(terminal);
  const recent = createRecentBytes();

  let queue: Waiting[] = [];
  /** Positions in the output. */
  let fed = options.first.position;
  let parsed = fed;
  let serial = options.first.serial;
  let busy = false;
  let disposed = false;
  let isQuiet = false;
  let quiet: NodeJS.Timeout | undefined;
  /** Ends the looks that will never have their turn. */
  const waiting = new Set<() => void>();

  function pump(): void {
    if (busy || disposed) return;
    const [first] = queue;
    switch (first?.kind) {
      case "plain":
        parsePlain(first.run);
        return;
      case "output":
        if (mayWait()) return;
        parse(takeOutput());
        return;
      case "size":
        queue.shift();
        serial = first.change.serial;
        terminal.resize(first.change.size.cols, first.change.size.rows);
        pump();
        return;
      case "look":
        queue.shift();
        busy = true;
        void first.task().finally(() => {
          busy = false;
          pump();
        });
        return;
      case undefined:
        return;
    }
  }

  /** Leaves out what nobody will see; the rest waits for more that may push it out, unless something else waits for it. */
  function parsePlain(run: PlainRun): void {
    if (!isOrdinary()) {
      if (!mayWait()) parse(takePlain(run));
      return;
    }
    const { size, pen } = run.skip(2 * terminal.rows + options.scrollback);
    if (pen.length > 0) {
      parse([pen], size);
      return;
    }
    parsed += size;
    const isAll = queue.length === 1 && !isQuiet && run.size() <= WAITING_BYTES;
    if (!isAll && !mayWait()) parse(takePlain(run));
    else if (size > 0) options.onParsed();
  }

  function takePlain(run: PlainRun): Uint8Array[] {
    const chunks: Uint8Array[] = [];
    for (let size = 0; size < AT_ONCE && run.size() > 0; size += chunks.at(-1)?.length ?? 0) chunks.push(run.take());
    if (run.size() === 0) queue.shift();
    return chunks;
  }

  /** Whether there is but a little, and nobody asked for it. */
  function mayWait(): boolean {
    const isLittle = fed - parsed <= AT_ONCE && queue.every(({ kind }) => kind === "output" || kind === "plain");
    return isLittle && !isQuiet && !options.isAsked();
  }

  /** Whether plain output does nothing but write lines that move up and away. */
  function isOrdinary(): boolean {
    const { parsing, buffers, pen, rows } = lookInside(terminal);
    const { active, normal } = buffers;
    return parsing === 0 && active === normal && active.scrollTop === 0 && active.scrollBottom === rows - 1 && pen.extended.urlId === 0;
  }

  function takeOutput(): Uint8Array[] {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (let first = queue[0]; first?.kind === "output" && size < AT_ONCE; first = queue[0]) {
      queue.shift();
      chunks.push(first.bytes);
      size += first.bytes.length;
    }
    return chunks;
  }

  /** Hands output to the parser, which works in slices of a few milliseconds. `stands`: for how many bytes of the program's. */
  function parse(chunks: readonly Uint8Array[], stands = chunks.reduce((sum, { length }) => sum + length, 0)): void {
    busy = true;
    const done = () => {
      busy = false;
      parsed += stands;
      if (disposed) return;
      options.onParsed();
      pump();
    };
    const pieces = chunks.flatMap(cutAtQuestions);
    place = parsed + (pieces[0]?.length ?? 0);
    for (const chunk of chunks) recent.add(chunk);
    for (const [index, piece] of pieces.entries()) {
      const next = pieces[index + 1];
      terminal.write(piece, () => {
        if (next === undefined) done();
        else place += next.length;
      });
    }
  }

  function add(bytes: Uint8Array): void {
    const last = queue.at(-1);
    if (last?.kind === "plain" && last.run.add(bytes)) return;
    const run = createPlainRun();
    queue.push(run.add(bytes) ? { kind: "plain", run } : { kind: "output", bytes: Buffer.from(bytes) });
  }

  function waitForQuiet(): void {
    isQuiet = false;
    if (quiet !== undefined) {
      quiet.refresh();
      return;
    }
    quiet = setTimeout(() => {
      isQuiet = true;
      pump();
    }, QUIET_MS);
  }

  async function draw(): Promise<Snapshot> {
    const size = { cols: terminal.cols, rows: terminal.rows };
    const name = title === "" ? "" : `\x1b]2;${title}\x1b\\`;
    const drawn = await drawScreen(terminal, { whole: name + colours.draw() + prompts.draw(), rows: prompts.rows() });
    const rest = recent.unfinished(lookInside(terminal).parsing);
    return { position: parsed, size, size_serial: serial, parts: [...drawn, rest].filter(({ length }) => length > 0) };
  }

  /** Looks when it is its turn: before what waits, or after it. A plain run is never looked at in its midst: something may be left out. */
  function look<T>(where: "front" | "back", task: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const refuse = () => reject(new Error("The terminal has ended."));
      if (disposed) {
        refuse();
        return;
      }
      waiting.add(refuse);
      const turn = () => {
        waiting.delete(refuse);
        return Promise.resolve().then(task).then(resolve, reject);
      };
      const front = queue[0]?.kind === "plain" ? 1 : 0;
      queue.splice(where === "front" ? front : queue.length, 0, { kind: "look", task: turn });
      pump();
    });
  }

  return {
    feed(bytes) {
      if (bytes.length === 0) return;
      fed += bytes.length;
      add(bytes);
      waitForQuiet();
      pump();
    },
    resize(change) {
      queue.push({ kind: "size", change });
      pump();
    },
    backlog: () => fed - parsed,
    snapshot: () => look("front", draw),
    read: (history) => look("back", async () => ({ ...(await readScreen(terminal, history)), title, offset: parsed })),
    dispose() {
      disposed = true;
      clearTimeout(quiet);
      queue = [];
      for (const refuse of waiting) refuse();
      waiting.clear();
      terminal.dispose();
    },
  };
}
