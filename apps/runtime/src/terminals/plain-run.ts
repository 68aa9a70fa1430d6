/** Output of nothing but coloured lines of text. Of a flood of it, what has scrolled away before anybody looked need not be parsed. */

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const ESC = 0x1b;
/** Begins the UTF-8 of the 8-bit control characters. */
const C2 = 0xc2;
const NOTHING = Buffer.alloc(0);
const NOT_ANY = { size: 0, pen: NOTHING };

/** Pieces are joined into blocks of this size (bytes); the first of an idle terminal is smaller. */
const BLOCK = 8 * 1024;
const FIRST_BLOCK = 256;
/** Blocks that were left out and are written anew, so that a flood makes no garbage. */
const MOST_SPARE = 8;
/** Leaving out is worth while for so much more (bytes). */
const SKIP_STEP = 16 * 1024;

/** Where the output stands: in text, after a CR, after the ESC of a sequence, in its parameters; or it is not plain. */
const TEXT = 0;
const RETURN = 1;
const ESCAPE = 2;
const PARAMETERS = 3;
const OTHER = 4;

/** What follows from each byte, by where the output stood before it. */
const NEXT = Uint8Array.from({ length: OTHER * 256 }, (_, index) => follow(index >> 8, index & 0xff));

function follow(stands: number, byte: number): number {
  if (stands === ESCAPE) return byte === 0x5b ? PARAMETERS : OTHER;
  if (stands === PARAMETERS) {
    if (byte >= 0x30 && byte <= 0x3b) return PARAMETERS;
    // SGR colours, EL clears the line that the cursor is in.
    return byte === 0x6d || byte === 0x4b ? TEXT : OTHER;
  }
  if (byte === CR) return RETURN;
  if (byte === ESC) return ESCAPE;
  return byte === TAB || byte === LF || (byte >= 0x20 && byte !== 0x7f && byte !== C2) ? TEXT : OTHER;
}

interface Scan {
  /** How often CR LF came. */
  readonly breaks: number;
  /** Where the last of them begins; -1: nowhere. */
  readonly last_break: number;
  /** Where the output stands after it. */
  readonly stands: number;
}

/** `last_break` counts from the beginning of its memory. */
interface Block extends Scan {
  readonly memory: Buffer;
  readonly start: number;
  readonly end: number;
}

export interface PlainRun {
  /** Bytes that wait. */
  size(): number;
  /** Copies output if it is plain; false: it is not, and nothing was taken. */
  add(bytes: Uint8Array): boolean;
  /**
   * Leaves out what `lines` line feeds that wait push out of the terminal, when that is much: tells how many bytes that were, and the SGR
   * sequences among them, which are all that they leave behind. What stays begins with a CR LF.
   */
  skip(lines: number): { readonly size: number; readonly pen: Uint8Array };
  /** Takes the oldest block out, to be parsed. */
  take(): Uint8Array;
}

/** An empty run; the output before it must end between two sequences and two characters. */
export function createPlainRun(): PlainRun {
  const blocks: Block[] = [];
  let size = 0;
  let breaks = 0;
  /** Bytes that came since something was left out. */
  let fresh = 0;
  const spare: Buffer[] = [];

  function append(bytes: Uint8Array, { breaks: more, last_break, stands }: Scan): void {
    const last = blocks.at(-1);
    if (last === undefined || last.end + bytes.length > BLOCK) {
      const memory = last === undefined || bytes.length > BLOCK ? Buffer.allocUnsafe(Math.max(FIRST_BLOCK, bytes.length)) : newBlock();
      memory.set(bytes);
      blocks.push({ memory, start: 0, end: bytes.length, breaks: more, last_break, stands });
      return;
    }
    const end = last.end + bytes.length;
    let { memory } = last;
    if (end > memory.length) {
      memory = newBlock();
      last.memory.copy(memory, last.start, last.start, last.end);
    }
    memory.set(bytes, last.end);
    const newest = last_break === -1 ? last.last_break : last.end + last_break;
    blocks[blocks.length - 1] = { memory, start: last.start, end, breaks: last.breaks + more, last_break: newest, stands };
  }

  function newBlock(): Buffer {
    return spare.pop() ?? Buffer.allocUnsafe(BLOCK);
  }

  /** The newest block that ends in what can be left out, when `lines` breaks must stay after it. */
  function findCut(lines: number): number {
    let cut = -1;
    let after = breaks;
    for (const [index, block] of blocks.entries()) {
      after -= block.breaks;
      if (after < lines) return cut;
      if (block.last_break > block.start || (block.last_break !== -1 && index > 0)) cut = index;
    }
    return cut;
  }

  return {
    size: () => size,
    add(bytes) {
      const scan = scanPlain(bytes, blocks.at(-1)?.stands ?? TEXT);
      if (scan === undefined) return false;
      // The rest of a character that began elsewhere.
      if (blocks.length === 0 && ((bytes[0] ?? 0) & 0xc0) === 0x80) return false;
      append(bytes, scan);
      size += bytes.length;
      fresh += bytes.length;
      breaks += scan.breaks;
      return true;
    },
    skip(lines) {
      if (fresh < SKIP_STEP) return NOT_ANY;
      fresh = 0;
      const cut = findCut(lines);
      const block = blocks[cut];
      if (block === undefined) return NOT_ANY;
      const gone = [...blocks.slice(0, cut), { ...block, end: block.last_break }];
      blocks.splice(0, cut + 1, { ...block, start: block.last_break, breaks: 1 });
      const skipped = gone.reduce((sum, one) => sum + lengthOf(one), 0);
      size -= skipped;
      breaks -= gone.reduce((sum, one) => sum + one.breaks, 0) - 1;
      const pen = penOf(gone.map(contentOf));
      for (const { memory } of gone.slice(0, -1)) if (memory.length === BLOCK && spare.length < MOST_SPARE) spare.push(memory);
      return { size: skipped, pen };
    },
    take() {
      const block = blocks.shift();
      if (block === undefined) return NOTHING;
      size -= lengthOf(block);
      breaks -= block.breaks;
      return contentOf(block);
    },
  };
}

function contentOf({ memory, start, end }: Block): Buffer {
  return memory.subarray(start, end);
}

function lengthOf({ start, end }: Block): number {
  return end - start;
}

/** Undefined: it is not all text, tabs, CR, LF, SGR and EL. */
function scanPlain(bytes: Uint8Array, before: number): Scan | undefined {
  const skipLetters = createLetterSkip(bytes);
  let stands = before;
  let breaks = 0;
  let last_break = -1;
  for (let index = 0; index < bytes.length; index += 1) {
    if (stands <= RETURN) {
      const next = skipLetters(index);
      if (next > index) stands = TEXT;
      if (next === bytes.length) break;
      index = next;
    }
    const byte = bytes[index] ?? 0;
    if (stands === RETURN && byte === LF && index > 0) {
      breaks += 1;
      last_break = index - 1;
    }
    stands = NEXT[(stands << 8) | byte] ?? OTHER;
    if (stands === OTHER) return undefined;
  }
  return { breaks, last_break, stands };
}

/** Most of a flood is letters. Tells from an index which one to look at next; what lies between is letters: four bytes are one step. */
function createLetterSkip(bytes: Uint8Array): (index: number) => number {
  if (bytes.length < 8) return (index) => index;
  // Words begin where the memory is aligned for them.
  const start = -bytes.byteOffset & 3;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + start, (bytes.length - start) >> 2);
  return (index) => {
    const from = (index - start) >> 2;
    if (index < start || from << 2 !== index - start) return index;
    let word = from;
    while (word < words.length && isLetters(words[word] ?? 0)) word += 1;
    return index + ((word - from) << 2);
  };
}

/** Whether none of a word's four bytes is below 0x20, 0x7f or 0xc2: each test leaves a byte's high bit set where it holds. */
function isLetters(word: number): boolean {
  const deletes = word ^ 0x7f7f7f7f;
  const latin = word ^ 0xc2c2c2c2;
  const special = ((word - 0x20202020) & ~word) | ((deletes - 0x01010101) & ~deletes) | ((latin - 0x01010101) & ~latin);
  return (special & 0x80808080) === 0;
}

const SGR = new RegExp(`${String.fromCharCode(ESC)}\\[[0-9:;]*m`, "g");
const RESET = new RegExp(`^${String.fromCharCode(ESC)}\\[0*m$`);

/** What the sequences in these pieces leave of the colours: all since the last that sets everything back. */
function penOf(pieces: readonly Buffer[]): Uint8Array {
  if (!pieces.some((piece) => piece.includes(ESC))) return NOTHING;
  const all = Buffer.concat(pieces).toString("latin1").match(SGR) ?? [];
  const reset = all.findLastIndex((sequence) => RESET.test(sequence));
  return Buffer.from(all.slice(Math.max(0, reset)).join(""), "latin1");
}
