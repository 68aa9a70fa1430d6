/** Output of nothing but coloured lines of text. Of a flood of it, what has scrolled away before anybody looked need not be parsed. */

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const ESC = 0x1b;
/** Begins the UTF-8 of the 8-bit control characters. */
const C2 = 0xc2;
const NOTHING = Buffer.alloc(0);
const NOT_ANY = { size: 0, pen: NOTHING };

/** Small pieces are joined into blocks of this size (bytes). */
const BLOCK = 4 * 1024;
const FIRST_BLOCK = 256;
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

interface Block extends Scan {
  /** More than its length, so that it can be appended to. */
  readonly memory: Buffer;
  readonly length: number;
}

export interface PlainRun {
  /** Bytes that wait. */
  size(): number;
  /** Takes output over if it is plain; false: it is not, and nothing was taken. */
  add(bytes: Buffer): boolean;
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

  function append(bytes: Buffer, scan: Scan): void {
    const last = blocks.at(-1);
    if (last === undefined || last.length + bytes.length > BLOCK) {
      blocks.push({ ...scan, memory: bytes, length: bytes.length });
      return;
    }
    const length = last.length + bytes.length;
    let { memory } = last;
    if (length > memory.length) {
      memory = Buffer.allocUnsafe(Math.min(BLOCK, Math.max(FIRST_BLOCK, length * 2)));
      last.memory.copy(memory, 0, 0, last.length);
    }
    bytes.copy(memory, last.length);
    const last_break = scan.last_break === -1 ? last.last_break : last.length + scan.last_break;
    blocks[blocks.length - 1] = { memory, length, breaks: last.breaks + scan.breaks, last_break, stands: scan.stands };
  }

  /** The newest block that ends in what can be left out, when `lines` breaks must stay after it. */
  function findCut(lines: number): number {
    let cut = -1;
    let after = breaks;
    for (const [index, block] of blocks.entries()) {
      after -= block.breaks;
      if (after < lines) return cut;
      if (block.last_break > 0 || (block.last_break === 0 && index > 0)) cut = index;
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
      const rest = contentOf(block).subarray(block.last_break);
      const gone = blocks.splice(0, cut + 1, { ...block, memory: rest, length: rest.length, breaks: 1, last_break: 0 });
      const skipped = gone.reduce((sum, { length }) => sum + length, 0) - rest.length;
      size -= skipped;
      breaks -= gone.reduce((sum, one) => sum + one.breaks, 0) - 1;
      return { size: skipped, pen: penOf(gone, skipped) };
    },
    take() {
      const block = blocks.shift();
      if (block === undefined) return NOTHING;
      size -= block.length;
      breaks -= block.breaks;
      return contentOf(block);
    },
  };
}

function contentOf({ memory, length }: Block): Buffer {
  return memory.subarray(0, length);
}

/** Undefined: it is not all text, tabs, CR, LF, SGR and EL. */
function scanPlain(bytes: Uint8Array, before: number): Scan | undefined {
  let stands = before;
  let breaks = 0;
  let last_break = -1;
  for (let index = 0; index < bytes.length; index += 1) {
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

const SGR = new RegExp(`${String.fromCharCode(ESC)}\\[[0-9:;]*m`, "g");
const RESET = new RegExp(`^${String.fromCharCode(ESC)}\\[0*m$`);

/** What the sequences among the first `size` bytes leave of the colours: all since the last that sets everything back. */
function penOf(blocks: readonly Block[], size: number): Uint8Array {
  const contents = blocks.map(contentOf);
  if (!contents.some((content) => content.includes(ESC))) return NOTHING;
  const all = Buffer.concat(contents, size).toString("latin1").match(SGR) ?? [];
  const reset = all.findLastIndex((sequence) => RESET.test(sequence));
  return Buffer.from(all.slice(Math.max(0, reset)).join(""), "latin1");
}
