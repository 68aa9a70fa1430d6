/** Bytes → lines with a bound: a line that is too long is dropped and told, and reading goes on after it. */

const NEWLINE = 0x0a;
const DEFAULT_MAX_BYTES = 1024 * 1024;

export interface LineSplitterOptions {
  /** The longest line in bytes, without its newline; default 1 MiB. */
  readonly max_bytes?: number;
  onLine(line: string): void;
  /** A line of `bytes` bytes was longer than the limit and has been dropped. */
  onTooLong(bytes: number): void;
}

export interface LineSplitter {
  write(chunk: Buffer): void;
  /** Tells the last line if it had no newline. */
  end(): void;
}

/** Splits a byte stream at `\n` (a `\r` before it goes too). Holds at most `max_bytes`. */
export function createLineSplitter(options: LineSplitterOptions): LineSplitter {
  const max = options.max_bytes ?? DEFAULT_MAX_BYTES;
  let parts: Buffer[] = [];
  let size = 0;

  function take(piece: Buffer): void {
    size += piece.length;
    if (size > max) parts = [];
    else if (piece.length > 0) parts.push(piece);
  }

  function finish(): void {
    const line = size > max ? undefined : Buffer.concat(parts).toString("utf8");
    const bytes = size;
    parts = [];
    size = 0;
    if (line === undefined) options.onTooLong(bytes);
    else options.onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  }

  return {
    write(chunk) {
      let start = 0;
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
        take(chunk.subarray(start, at));
        finish();
        start = at + 1;
      }
      take(chunk.subarray(start));
    },
    end() {
      if (size > 0) finish();
    },
  };
}
