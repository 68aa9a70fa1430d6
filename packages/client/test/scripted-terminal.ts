/** Hub and runtime of one terminal, reduced to the contract: a ring, a window, a position of each viewer's input, and a holder. */
import {
  type ClientFrame,
  decodeTerminalFrame,
  decodeTerminalSize,
  encodeTerminalFrame,
  encodeTerminalSize,
  type HubToClientFrame,
  type TerminalSize,
  type Viewer,
} from "@fairlead/protocol";

/** Sends to one client. */
export interface ClientLine {
  text(frame: HubToClientFrame): void;
  bytes(bytes: Uint8Array): void;
}

export interface ScriptedTerminal {
  /** All that the program has written, and all that it was given. */
  written: Uint8Array;
  given: Uint8Array;
  size: TerminalSize;
  /** Credits beyond what was sent: always a mistake of the viewer. */
  overdrawn: number;
  holder: string | null;
  write(bytes: Uint8Array): void;
  /** Ends the program, or loses the runtime; `open` runs the next one, or brings the same one back. */
  end(reason: "ended" | "away"): void;
  open(terminalId?: string): void;
  /** A client's connection; the returned functions take what it sends. */
  connect(line: ClientLine): { text(frame: ClientFrame): void; bytes(bytes: Uint8Array): void; close(): void };
}

const OVERLAP = 5;

interface Attachment {
  readonly line: ClientLine;
  readonly number: number;
  readonly viewer_id: string;
  /** The next byte of the output to be sent. */
  position: number;
  sent: number;
  drawn: number;
}

export interface ScriptedTerminalOptions {
  /** Bytes that a viewer can still get one by one. */
  readonly ring: number;
  readonly window: number;
  /** The largest payload of one frame. */
  readonly piece: number;
}

export function createScriptedTerminal({ ring, window, piece }: ScriptedTerminalOptions): ScriptedTerminal {
  const attachments = new Set<Attachment>();
  const lines = new Set<ClientLine>();
  const taken = new Map<string, number>();
  let terminalId = "t-1";
  let state: "open" | "ended" | "away" = "open";

  const send = (to: Attachment, kind: "output" | "snapshot", payload: Uint8Array) => {
    to.sent += payload.length;
    to.line.bytes(encodeTerminalFrame(kind, to.number, to.position, payload));
  };
  const pump = (to: Attachment) => {
    if (to.position < terminal.written.length - ring) redraw(to);
    while (to.position < terminal.written.length && to.sent - to.drawn < window) {
      const room = Math.min(piece, window - (to.sent - to.drawn));
      const bytes = terminal.written.subarray(to.position, to.position + room);
      send(to, "output", bytes);
      to.position += bytes.length;
    }
  };
  /** The "text that draws the screen" is here all that was ever written. */
  const redraw = (to: Attachment) => {
    to.position = terminal.written.length;
    to.line.bytes(encodeTerminalFrame("reset", to.number, to.position, encodeTerminalSize(terminal.size)));
    for (let at = 0; at < to.position; at += piece) send(to, "snapshot", terminal.written.subarray(at, Math.min(at + piece, to.position)));
  };
  const tellViewers = () => {
    const viewers: Viewer[] = [...attachments].map(({ viewer_id }) => ({ viewer_id, user_id: "u1", name: "anna", may_hold: true }));
    for (const { line, number } of attachments) line.text({ type: "terminal.viewers", number, holder: terminal.holder, viewers });
  };
  const remove = (attachment: Attachment) => {
    attachments.delete(attachment);
    if (terminal.holder === attachment.viewer_id) terminal.holder = null;
  };
  const attach = (line: ClientLine, frame: Extract<ClientFrame, { type: "terminal.attach" }>) => {
    const { number, viewer_id } = frame;
    if (state !== "open") return line.text({ type: "terminal.detached", number, reason: state });
    for (const other of [...attachments]) {
      if (other.viewer_id !== viewer_id) continue;
      remove(other);
      other.line.text({ type: "terminal.detached", number: other.number, reason: "replaced" });
    }
    const known = frame.terminal_id === terminalId && frame.offset !== undefined && frame.offset <= terminal.written.length;
    // Some bytes more than are missing, so that every attachment has an overlap to cut.
    const position = known ? Math.max(0, terminal.written.length - ring, (frame.offset ?? 0) - OVERLAP) : 0;
    const attachment: Attachment = { line, number, viewer_id, position, sent: 0, drawn: 0 };
    attachments.add(attachment);
    if (frame.hold) terminal.holder ??= viewer_id;
    const { cols, rows } = terminal.size;
    const facts = { terminal_id: terminalId, cols, rows, offset: terminal.written.length, taken: taken.get(viewer_id) ?? 0 };
    line.text({ type: "terminal.attached", number, ...facts });
    tellViewers();
    if (!known) redraw(attachment);
    pump(attachment);
  };
  const give = (to: Attachment, position: number, payload: Uint8Array) => {
    const had = taken.get(to.viewer_id) ?? 0;
    if (terminal.holder !== to.viewer_id || position > had) return;
    terminal.given = Buffer.concat([terminal.given, payload.subarray(had - position)]);
    const now = Math.max(had, position + payload.length);
    taken.set(to.viewer_id, now);
    to.line.bytes(encodeTerminalFrame("taken", to.number, now));
  };
  const exceptFor = (viewerId: string) => (terminal.holder === viewerId ? null : terminal.holder);
  const findOf = (line: ClientLine, number: number) => [...attachments].find((one) => one.line === line && one.number === number);

  const terminal: ScriptedTerminal = {
    written: new Uint8Array(0),
    given: new Uint8Array(0),
    size: { cols: 80, rows: 24 },
    overdrawn: 0,
    holder: null,
    write(bytes) {
      if (state !== "open") return;
      terminal.written = Buffer.concat([terminal.written, bytes]);
      for (const attachment of attachments) pump(attachment);
    },
    end(reason) {
      if (state !== "open") return;
      state = reason;
      for (const { line, number } of attachments) line.text({ type: "terminal.detached", number, reason });
      attachments.clear();
      terminal.holder = null;
      if (reason === "ended") taken.clear();
    },
    open(next) {
      if (state === "open") return;
      if (next !== undefined) {
        terminalId = next;
        terminal.written = new Uint8Array(0);
        terminal.given = new Uint8Array(0);
      }
      state = "open";
      for (const line of lines) line.text({ type: "terminal.available", session_id: "s" });
    },
    connect(line) {
      lines.add(line);
      return {
        text(frame) {
          if (frame.type === "terminal.attach") return attach(line, frame);
          const attachment = "number" in frame ? findOf(line, frame.number) : undefined;
          if (attachment === undefined) return;
          const { viewer_id } = attachment;
          if (frame.type === "terminal.detach") remove(attachment);
          else if (frame.type === "terminal.hold") terminal.holder = frame.on ? viewer_id : exceptFor(viewer_id);
          tellViewers();
        },
        bytes(bytes) {
          const { kind, number, position, payload } = decodeTerminalFrame(bytes);
          const attachment = findOf(line, number);
          if (attachment === undefined) return;
          if (kind === "input") give(attachment, position, payload);
          if (kind === "credit") {
            terminal.overdrawn = Math.max(terminal.overdrawn, position - attachment.sent);
            attachment.drawn = position;
            pump(attachment);
          }
          if (kind === "resize" && terminal.holder === attachment.viewer_id) {
            terminal.size = decodeTerminalSize(payload);
            for (const { line: to, number: at } of attachments) to.bytes(encodeTerminalFrame("size", at, terminal.written.length, payload));
          }
        },
        close() {
          lines.delete(line);
          for (const attachment of [...attachments]) if (attachment.line === line) remove(attachment);
          tellViewers();
        },
      };
    },
  };
  return terminal;
}
