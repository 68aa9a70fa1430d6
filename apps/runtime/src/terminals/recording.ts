/** Writes one run of a terminal to a file as asciicast v2 (https://docs.asciinema.org/manual/asciicast/v2/), without ever holding it up. */
import { createWriteStream, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { finished } from "node:stream/promises";
import { StringDecoder } from "node:string_decoder";
import type { TerminalSize } from "@fairlead/protocol";
import type { RecordingSpace } from "./recording-space.ts";

/** What may wait for the disk, and how large a recording may grow (bytes). At either it ends, and says so. */
const MOST_WAITING = 8 * 1024 * 1024;
const LARGEST = 190 * 1024 * 1024;

export interface RecordingOptions {
  readonly file: string;
  readonly size: TerminalSize;
  readonly command: readonly string[];
  readonly space: RecordingSpace;
  /** It ended by itself; for people. */
  readonly onFault: (reason: string) => void;
  /** Milliseconds that never go back. */
  readonly now?: () => number;
  /** Bounds in bytes, for tests. */
  readonly largest?: number;
}

export interface Recording {
  output(bytes: Uint8Array): void;
  resized(size: TerminalSize): void;
  /** Closes the file. Resolves with what it is, or undefined when nothing could be written. */
  end(): Promise<FinishedRecording | undefined>;
}

export interface FinishedRecording {
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  readonly duration_ms: number;
}

/** Begins a recording; never throws. What cannot be written is told to `onFault`, once, after this has returned. */
export function startRecording(options: RecordingOptions): Recording {
  const { file, size, command, space, now = () => performance.now(), largest = LARGEST } = options;
  const about = { version: 2, width: size.cols, height: size.rows, timestamp: Math.floor(Date.now() / 1_000), command: command.join(" ") };
  const header = `${JSON.stringify(about)}\n`;
  const room = space.claim(file);
  if (!room.take(Buffer.byteLength(header))) {
    room.done();
    return neverBegun(() => options.onFault(`${room.full()}; the recording does not begin`));
  }
  const unmade = makeFolder(dirname(file));
  const stream = createWriteStream(file, { mode: 0o600 });
  const decoder = new StringDecoder("utf8");
  const begunAt = now();
  let endedAt = begunAt;
  let isOpen = true;
  let hasFault = false;

  function fail(reason: string): void {
    isOpen = false;
    stream.end();
    if (hasFault) return;
    hasFault = true;
    options.onFault(reason);
  }

  function write(line: string): void {
    if (!isOpen) return;
    if (stream.bytesWritten + stream.writableLength > largest) fail("the recording has become too large; it ends here");
    else if (stream.writableLength > MOST_WAITING) fail("the disk cannot keep up with the terminal; the recording ends here");
    else if (!room.take(Buffer.byteLength(line))) fail(`${room.full()}; the recording ends here`);
    else stream.write(line);
  }

  function event(code: "o" | "r", data: string): void {
    endedAt = now();
    write(`${JSON.stringify([Math.round(endedAt - begunAt) / 1_000, code, data])}\n`);
  }

  stream.on("error", (error) => fail(`the recording cannot be written: ${(unmade ?? error).message}`));
  stream.write(header);

  return {
    output(bytes) {
      // A character that was cut in two by a read comes with the next piece.
      const text = decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      if (text !== "") event("o", text);
    },
    resized: ({ cols, rows }) => event("r", `${cols}x${rows}`),
    async end() {
      const rest = decoder.end();
      if (rest !== "") event("o", rest);
      isOpen = false;
      stream.end();
      try {
        await finished(stream);
        return { file, size: statSync(file).size, duration_ms: Math.round(endedAt - begunAt) };
      } catch {
        return undefined;
      } finally {
        room.done();
      }
    },
  };
}

/** A recording without a file. */
function neverBegun(tell: () => void): Recording {
  const telling = setImmediate(tell);
  return {
    output: () => undefined,
    resized: () => undefined,
    async end() {
      clearImmediate(telling);
      return undefined;
    },
  };
}

/** Why a file in it cannot be opened either, or undefined. */
function makeFolder(folder: string): Error | undefined {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
