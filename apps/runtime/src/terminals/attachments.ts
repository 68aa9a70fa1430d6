/** The hub's views of this runtime's terminals: attached by number, fed in turns, gone with the connection. */
import { decodeTerminalFrame, type HubToRuntimeFrame, type RuntimeFrame, type TerminalDetachReason } from "@fairlead/protocol";
import type { TerminalTurns } from "../hub-link/terminal-turns.ts";
import type { Logger } from "../log.ts";
import type { Seat, View, ViewPort } from "./seat.ts";

/** Attachments at the same time, over all terminals. */
const MOST_ATTACHED = 2_000;

export interface AttachmentsOptions {
  readonly terminal: (sessionId: string) => Pick<Seat, "view"> | undefined;
  readonly turns: TerminalTurns;
  readonly send: (frame: RuntimeFrame) => boolean;
  readonly log: Logger;
}

export interface Attachments {
  attach(frame: Extract<HubToRuntimeFrame, { type: "terminal.attach" }>): void;
  detach(number: number): void;
  hold(frame: Extract<HubToRuntimeFrame, { type: "terminal.hold" }>): void;
  /** Takes a binary frame; one that is none is reported and ignored. */
  take(bytes: Uint8Array): void;
  /** The connection is gone: so are all views; their viewers attach again. */
  drop(): void;
}

export function createAttachments({ terminal, turns, send, log }: AttachmentsOptions): Attachments {
  const attached = new Map<number, View>();

  function tellDetached(number: number, reason: TerminalDetachReason): void {
    send({ type: "terminal.detached", number, reason });
  }

  function portOf(number: number): ViewPort {
    return {
      attached: (at) => void send({ type: "terminal.attached", number, ...at }),
      ready: (speaker) => turns.ready(speaker),
      detached(speaker, reason) {
        turns.remove(speaker);
        if (attached.get(number)?.speaker !== speaker) return;
        attached.delete(number);
        tellDetached(number, reason);
      },
    };
  }

  function detach(number: number): void {
    attached.get(number)?.detach();
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
      const view = found.view(frame, portOf(number));
      attached.set(number, view);
      turns.ready(view.speaker);
    },
    detach,
    hold: ({ number, on }) => attached.get(number)?.hold(on),
    take(bytes) {
      try {
        const frame = decodeTerminalFrame(bytes);
        attached.get(frame.number)?.take(frame);
      } catch (error) {
        log.warn({ reason: error instanceof Error ? error.message : String(error) }, "cannot read a binary frame of the hub");
      }
    },
    drop() {
      for (const [number, view] of [...attached]) {
        attached.delete(number);
        view.detach();
      }
    },
  };
}
