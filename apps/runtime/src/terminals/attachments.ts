/** The hub's views of this runtime's terminals: attached by number, fed in turns, gone with the connection. */
import { decodeTerminalFrame, type HubToRuntimeFrame, type RuntimeFrame, type TerminalDetachReason } from "@fairlead/protocol";
import type { TerminalTurns } from "../hub-link/terminal-turns.ts";
import type { Logger } from "../log.ts";
import type { RunningTerminal, ViewerPort } from "./terminal.ts";
import type { Viewer } from "./viewer.ts";

/** Attachments at the same time, over all terminals. */
const MOST_ATTACHED = 2_000;

export interface AttachmentsOptions {
  readonly terminal: (sessionId: string) => RunningTerminal | undefined;
  readonly turns: TerminalTurns;
  readonly send: (frame: RuntimeFrame) => boolean;
  readonly log: Logger;
}

export interface Attachments {
  attach(frame: Extract<HubToRuntimeFrame, { type: "terminal.attach" }>): void;
  detach(number: number): void;
  /** Takes a binary frame; one that is none is reported and ignored. */
  take(bytes: Uint8Array): void;
  /** The connection is gone: so are all views; their viewers attach again. */
  drop(): void;
}

export function createAttachments({ terminal, turns, send, log }: AttachmentsOptions): Attachments {
  const attached = new Map<number, { readonly terminal: RunningTerminal; readonly viewer: Viewer }>();

  function tellDetached(number: number, reason: TerminalDetachReason): void {
    send({ type: "terminal.detached", number, reason });
  }

  const port: ViewerPort = {
    ready: (viewer) => turns.ready(viewer),
    detached(viewer, reason) {
      turns.remove(viewer);
      if (attached.get(viewer.number)?.viewer !== viewer) return;
      attached.delete(viewer.number);
      tellDetached(viewer.number, reason);
    },
  };

  function detach(number: number): void {
    const known = attached.get(number);
    if (known === undefined) return;
    known.terminal.detach(known.viewer);
  }

  return {
    attach(frame) {
      const { number, session_id } = frame;
      // The hub numbers afresh; a number that is taken still was one whose end the hub did not wait for.
      detach(number);
      const found = terminal(session_id);
      if (found === undefined || attached.size >= MOST_ATTACHED) {
        tellDetached(number, found === undefined ? "ended" : "limit");
        return;
      }
      const { viewer, size, offset, taken } = found.attach(frame, port);
      attached.set(number, { terminal: found, viewer });
      send({ type: "terminal.attached", number, terminal_id: found.terminal_id, ...size, offset, taken });
      turns.ready(viewer);
    },
    detach,
    take(bytes) {
      try {
        const frame = decodeTerminalFrame(bytes);
        const known = attached.get(frame.number);
        if (known !== undefined) known.terminal.take(known.viewer, frame);
      } catch (error) {
        log.warn({ reason: error instanceof Error ? error.message : String(error) }, "cannot read a binary frame of the hub");
      }
    },
    drop() {
      for (const [number, { terminal: from, viewer }] of [...attached]) {
        attached.delete(number);
        from.detach(viewer);
      }
    },
  };
}
