/** A terminal whose program runs under a holder: what is asked of it goes there. */
import { randomUUID } from "node:crypto";
import type { Answer } from "../hub-link/requests.ts";
import { type HeldView, type HolderChannel, openHeldView } from "./held-view.ts";
import type { Seat, SeatListener } from "./seat.ts";

/** How long a holder may take to answer a question (ms); it waits for a text itself. */
const ANSWER_MS = 30_000;

export interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** What goes on between this runtime and its holder. */
export interface HolderDesk {
  readonly channel: HolderChannel;
  /** By the number that the holder knows them by. */
  readonly views: Map<number, HeldView>;
  /** Questions, by id. */
  readonly asked: Map<string, Waiting<Answer>>;
  /** A number that no view had before. */
  readonly nextNumber: () => number;
}

export interface HeldSeat {
  readonly seat: Seat;
  readonly listener: SeatListener;
  /** Whether it is recorded, as far as the holder said. */
  isRecorded: boolean;
  /** Whether it was asked to end. */
  isStopping: boolean;
  /** Its end was told. */
  settle(): void;
}

export interface HeldSeatOptions {
  readonly session_id: string;
  readonly terminal_id: string;
  readonly listener: SeatListener;
  readonly desk: HolderDesk;
}

export function createHeldSeat({ session_id, terminal_id, listener, desk }: HeldSeatOptions): HeldSeat {
  const { channel, views, asked, nextNumber } = desk;
  let settle: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    settle = resolve;
  });

  const seat: Seat = {
    terminal_id,
    view(request, port) {
      const number = nextNumber();
      const held = openHeldView({ session_id, number, request, port, channel, onOver: () => views.delete(number) });
      views.set(number, held);
      return held.view;
    },
    async answer(request) {
      const id = randomUUID();
      const late = setTimeout(() => asked.get(id)?.reject(new Error("The holder does not answer.")), ANSWER_MS);
      try {
        return await new Promise<Answer>((resolve, reject) => {
          asked.set(id, { resolve, reject });
          channel.send({ type: "request", id, request });
        });
      } finally {
        clearTimeout(late);
        asked.delete(id);
      }
    },
    record(on) {
      held.isRecorded = on;
      channel.send({ type: "record", terminal_id, on });
    },
    isRecorded: () => held.isRecorded,
    async stop() {
      held.isStopping = true;
      channel.send({ type: "stop", terminal_id });
      await gone;
    },
  };
  const held: HeldSeat = { seat, listener, isRecorded: false, isStopping: false, settle };
  return held;
}
