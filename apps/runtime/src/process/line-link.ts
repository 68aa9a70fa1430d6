/** A running process that is spoken to in lines: its output as lines, its diagnostics, its end. Knows nothing of what they mean. */
import { createLineSplitter } from "./lines.ts";
import { pump, readRest } from "./pump.ts";
import type { AgentProcess, ProcessExit } from "./spawn.ts";

/** How long (ms) a pipe may stay silent after the group is gone before it counts as empty. */
const PIPE_QUIET_MS = 100;
/** How much may wait for a process that does not read its input (bytes); one that lets more pile up is ended. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;
/** The longest diagnostic line (bytes); of a longer one only the length is told. */
const MAX_DIAGNOSTIC_BYTES = 64 * 1024;

export interface LineLinkEvents {
  /** The longest line of its output in bytes. */
  readonly max_line_bytes: number;
  /** A line that is not blank; false when the reader must pause. */
  onLine(line: string): boolean;
  /** A line of this many bytes was too long and has been dropped. */
  onTooLong(bytes: number): void;
  /** A line of its stderr. */
  onDiagnostic(line: string): void;
  /** Settles when a paused reader may go on. */
  resumed(): Promise<void>;
  /** The process has ended and all it wrote has been told. `fault`: why it was ended by us, if it was. */
  onEnd(exit: ProcessExit, fault: string | undefined): void;
}

export interface LineLink {
  readonly ended: Promise<void>;
  /** False once the process has ended or is being ended: it takes no more work. */
  isUsable(): boolean;
  /** Writes one line; the text must not hold a newline. */
  write(line: string): void;
  /** Reads on through pauses for `bytes` more bytes. */
  readThrough(bytes: number): void;
  /** Ends the process because of something it did; `onEnd` gets the reason of the first call. Lines that follow are ignored. */
  fail(reason: string): void;
  /** Closes its input, gives it a grace (ms) to leave by itself, then stops its group. */
  close(grace: number): Promise<void>;
}

export function createLineLink(process: AgentProcess, events: LineLinkEvents): LineLink {
  let fault: string | undefined;
  let mayGoOn = true;
  let isClosing = false;

  function fail(reason: string): void {
    fault ??= reason;
    void process.stop();
  }

  const lines = createLineSplitter({
    max_bytes: events.max_line_bytes,
    onLine(line) {
      if (line.trim() === "" || fault !== undefined) return;
      mayGoOn = events.onLine(line) && mayGoOn;
    },
    onTooLong: (bytes) => events.onTooLong(bytes),
  });
  const diagnostics = createLineSplitter({
    max_bytes: MAX_DIAGNOSTIC_BYTES,
    onLine: (line) => events.onDiagnostic(line),
    onTooLong: (bytes) => events.onDiagnostic(`(a line of ${bytes} bytes)`),
  });
  const out = pump(process.stdout, {
    onChunk(chunk) {
      mayGoOn = true;
      lines.write(chunk);
      return mayGoOn;
    },
    resumed: events.resumed,
  });
  const err = pump(process.stderr, {
    onChunk(chunk) {
      diagnostics.write(chunk);
      return true;
    },
    resumed: async () => undefined,
  });
  // Without its output a process can end no turn.
  void out.ended.then(() => {
    if (process.isRunning() && !isClosing) setTimeout(() => process.isRunning() && fail("The agent closed its output."), PIPE_QUIET_MS);
  });

  async function follow(): Promise<void> {
    const exit = await process.exited;
    await process.gone;
    await readRest([out, err], PIPE_QUIET_MS);
    lines.end();
    diagnostics.end();
    events.onEnd(exit, fault);
  }
  const ended = follow();

  return {
    ended,
    fail,
    isUsable: () => process.isRunning() && fault === undefined && !isClosing,
    write(line) {
      if (!process.stdin.writable || fault !== undefined) return;
      process.stdin.write(`${line}\n`);
      if (process.stdin.writableLength > MAX_UNREAD_BYTES) fail("The agent does not read its input.");
    },
    readThrough: (bytes) => out.readThrough(bytes),
    async close(grace) {
      isClosing = true;
      process.stdin.end();
      await Promise.race([process.gone, new Promise((resolve) => setTimeout(resolve, grace).unref())]);
      await process.stop();
      // Nobody listens any more, so nobody resumes a paused reader.
      if (out.isPaused()) out.destroy();
      await ended;
    },
  };
}
