/** A terminal whose program runs under this process. */
import type { PtyStarter } from "../process/pty.ts";
import type { Recorder } from "./recorder.ts";
import type { Seat, SeatListener, SeatSpec } from "./seat.ts";
import { openTerminal, type RunningTerminal } from "./terminal.ts";
import { createTerminalDesk } from "./terminal-desk.ts";

export interface LocalSeatOptions {
  readonly ptys: PtyStarter;
  readonly recorder: Recorder;
  /** Grace between hang-up, TERM and KILL (ms). */
  readonly stop_grace: number;
  /** Position of the first byte of output; default: 0. */
  readonly first?: number | undefined;
}

/** Starts the program; rejects with an Error for people when that fails. */
export async function openLocalSeat(spec: SeatSpec, listener: SeatListener, options: LocalSeatOptions): Promise<Seat> {
  const { setup, size, session_id, terminal_id } = spec;
  const command = [setup.command, ...setup.args];
  let isIdle = false;
  let hasEnded = false;
  const terminal: RunningTerminal = await openTerminal({
    ...setup,
    terminal_id,
    size,
    first: options.first,
    start: (pty) => options.ptys.start({ ...setup, size }, pty, options.stop_grace),
    onEnded(exit) {
      hasEnded = true;
      const isKnown = exit.code !== undefined || exit.signal !== undefined;
      listener.ended({ reason: isIdle ? "idle" : isKnown ? "exit" : "lost", exit });
    },
    onIdle() {
      isIdle = true;
      void terminal.stop();
    },
  });
  const desk = createTerminalDesk({ running: () => (hasEnded ? undefined : terminal) });

  return {
    terminal_id,
    view(request, port) {
      const { viewer, size: now, offset, taken } = terminal.attach(request, port);
      port.attached({ terminal_id, ...now, offset, taken });
      return {
        speaker: viewer,
        take: (frame) => terminal.take(viewer, frame),
        hold: (on) => terminal.hold(viewer, on),
        detach: () => terminal.detach(viewer),
      };
    },
    answer: desk.answer,
    record(on) {
      if (on === terminal.isRecorded()) return;
      if (!on) {
        terminal.record(undefined);
        return;
      }
      const recording = options.recorder.begin({ session_id, terminal_id, command, size: terminal.size() }, (reason) => {
        if (hasEnded) return;
        terminal.record(undefined);
        listener.recordingFailed(reason);
      });
      terminal.record(recording);
    },
    isRecorded: terminal.isRecorded,
    stop: terminal.stop,
  };
}
