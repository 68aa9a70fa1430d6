/** A terminal as the rest of the runtime knows it, wherever its program runs: in this process, or in a holder. */
import type { TerminalDetachReason, TerminalEnd, TerminalFrame, TerminalSize } from "@fairlead/protocol";
import type { Answer, TerminalRequest } from "../hub-link/requests.ts";
import type { Speaker } from "../hub-link/terminal-turns.ts";
import type { ProcessExit } from "../process/spawn.ts";
import type { TerminalSetup } from "./launch.ts";
import type { AttachRequest } from "./terminal.ts";

export interface SeatSpec {
  readonly session_id: string;
  readonly terminal_id: string;
  readonly size: TerminalSize;
  readonly setup: TerminalSetup;
}

/** How a terminal ended; without an exit nobody knows what became of its program. */
export interface SeatEnd {
  readonly reason: Extract<TerminalEnd, "exit" | "idle" | "lost">;
  readonly exit?: ProcessExit | undefined;
  /** For people, where there is more to say. */
  readonly error?: string | undefined;
}

export interface SeatListener {
  /** The last call. */
  ended(end: SeatEnd): void;
  /** Its recording cannot go on; for people. */
  recordingFailed(reason: string): void;
}

/** What is told of one view. */
export interface ViewPort {
  attached(at: TerminalSize & { readonly terminal_id: string; readonly offset: number; readonly taken: number }): void;
  /** The speaker has something to pull. */
  ready(speaker: Speaker): void;
  /** The view is over: nothing of it is pulled any more. */
  detached(speaker: Speaker, reason: TerminalDetachReason): void;
}

/** One view of a terminal. */
export interface View {
  readonly speaker: Speaker;
  /** Takes a frame of the viewer; what makes no sense is ignored. */
  take(frame: TerminalFrame): void;
  /** The viewer holds keys and size from now on, or gave them back. */
  hold(on: boolean): void;
  detach(): void;
}

export interface Seat {
  readonly terminal_id: string;
  view(request: AttachRequest, port: ViewPort): View;
  /** Rejects with an Error for people. */
  answer(request: TerminalRequest): Promise<Answer>;
  /** Begins or ends the recording. */
  record(on: boolean): void;
  isRecorded(): boolean;
  /** Ends the program; settles when it is gone and its end was told. */
  stop(): Promise<void>;
}
