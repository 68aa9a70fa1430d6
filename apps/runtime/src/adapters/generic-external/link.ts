/** One running `generic-external` process: messages in, messages out, and its end. Knows nothing of sessions. */
import { EXTERNAL_PROTOCOL_VERSION, type ExternalInput, type ExternalOutput, MAX_EXTERNAL_LINE_BYTES } from "@fairlead/protocol";
import { createLineLink } from "../../process/line-link.ts";
import type { AgentProcess, ProcessExit } from "../../process/spawn.ts";
import type { NoticeCode } from "../notices.ts";
import { decodeLine, encodeMessage } from "./wire.ts";

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
  const link = createLineLink(process, {
    max_line_bytes: MAX_EXTERNAL_LINE_BYTES,
    onLine(line) {
      const decoded = decodeLine(line);
      if (!decoded.ok) {
        events.onTrouble(decoded.code, decoded.text);
        return true;
      }
      if (decoded.message.type !== "ready") return events.onMessage(decoded.message);
      checkVersion(decoded.message.protocol);
      return true;
    },
    onTooLong(bytes) {
      events.onTrouble("line_too_long", `The agent wrote a line of ${bytes} bytes; the longest allowed is ${MAX_EXTERNAL_LINE_BYTES}.`);
    },
    onDiagnostic: (line) => events.onTrouble("diagnostic", line),
    resumed: events.resumed,
    onEnd: events.onEnd,
  });

  function checkVersion(version: number): void {
    if (version === EXTERNAL_PROTOCOL_VERSION) return;
    link.fail(`The agent speaks version ${version} of the external protocol; this runtime speaks version ${EXTERNAL_PROTOCOL_VERSION}.`);
  }

  return { ...link, send: (message) => link.write(encodeMessage(message)) };
}
