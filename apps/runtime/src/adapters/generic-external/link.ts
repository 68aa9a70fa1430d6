/** One running `generic-external` process: lines in, lines out, and its end. Knows nothing of sessions. */
import { EXTERNAL_PROTOCOL_VERSION, type ExternalInput, type ExternalOutput, MAX_EXTERNAL_LINE_BYTES } from "@fairlead/protocol";
import { createLineSplitter } from "../../process/lines.ts";
import { pump, readRest } from "../../process/pump.ts";
import type { AgentProcess, ProcessExit } from "../../process/spawn.ts";
import type { NoticeCode } from "./notices.ts";
import { decodeLine, encodeLine } from "./wire.ts";

/** How long (ms) a pipe may stay silent after the group is gone before it counts as empty. */
const PIPE_QUIET_MS = 100;
/** How much may wait for an agent that does not read its input (bytes); one that lets more pile up is ended. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;
/** The longest diagnostic line (bytes); a longer one is told as too long. */
const MAX_DIAGNOSTIC_BYTES = 64 * 1024;

export type SessionMessage = Exclude<ExternalOutput, { type: "ready" }>;

export interface LinkEvents {
  /** A message about a session; false when the reader must pause. */
  onMessage(message: SessionMessage): boolean;
  /** Something is wrong with what the process writes, or it wrote to stderr. */
  onTrouble(code: NoticeCode, text: string): void;
  /** Settles when a paused reader may go on. */
  resumed(): Promise<void>;
  /** The process has ended and all it wrote has been told. `fault`: why it was ended by us, if it was. */
  onEnd(exit: ProcessExit, fault: string | undefined): void;
}

export interface Link {
  readonly ended: Promise<void>;
  /** False once the process has ended or is being ended: it takes no more turns. */
  isUsable(): boolean;
  send(message: ExternalInput): void;
  /** Reads on through pauses for `bytes` more bytes. */
  readThrough(bytes: number): void;
  /** Closes its input, gives it a grace to leave by itself, then stops its group. */
  close(grace: number): Promise<void>;
}

export function createLink(process: AgentProcess, events: LinkEvents): Link {
  let fault: string | undefined;
  let mayGoOn = true;
  let isClosing = false;

  function endFor(reason: string): void {
    fault ??= reason;
    void process.stop();
  }

  const lines = createLineSplitter({
    max_bytes: MAX_EXTERNAL_LINE_BYTES,
    onLine(line) {
      if (line.trim() === "" || fault !== undefined) return;
      const decoded = decodeLine(line);
      if (!decoded.ok) events.onTrouble(decoded.code, decoded.text);
      else if (decoded.message.type === "ready") checkVersion(decoded.message.protocol);
      else mayGoOn = events.onMessage(decoded.message) && mayGoOn;
    },
    onTooLong(bytes) {
      events.onTrouble("line_too_long", `The agent wrote a line of ${bytes} bytes; the longest allowed is ${MAX_EXTERNAL_LINE_BYTES}.`);
    },
  });
  const diagnostics = createLineSplitter({
    max_bytes: MAX_DIAGNOSTIC_BYTES,
    onLine: (line) => events.onTrouble("diagnostic", line),
    onTooLong: (bytes) => events.onTrouble("diagnostic", `(a line of ${bytes} bytes)`),
  });

  function checkVersion(version: number): void {
    if (version === EXTERNAL_PROTOCOL_VERSION) return;
    endFor(`The agent speaks version ${version} of the external protocol; this runtime speaks version ${EXTERNAL_PROTOCOL_VERSION}.`);
  }

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
    if (process.isRunning() && !isClosing) setTimeout(() => process.isRunning() && endFor("The agent closed its output."), PIPE_QUIET_MS);
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
    isUsable: () => process.isRunning() && fault === undefined && !isClosing,
    send(message) {
      if (!process.stdin.writable || fault !== undefined) return;
      process.stdin.write(encodeLine(message));
      if (process.stdin.writableLength > MAX_UNREAD_BYTES) endFor("The agent does not read its input.");
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
