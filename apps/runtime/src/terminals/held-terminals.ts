/** What a holder holds: programs in terminals, and the ends of those that no runtime was told of. */
import type { PtyStarter } from "../process/pty.ts";
import type { HeldTerminal, ToHolder } from "./holder-messages.ts";
import { openLocalSeat } from "./local-seat.ts";
import { beginRecordingFile, type KeptRecording } from "./recording-file.ts";
import { createRecordingSpace } from "./recording-space.ts";
import type { Seat, SeatEnd } from "./seat.ts";

type OpenOrder = Extract<ToHolder, { type: "open" }>;

export interface HeldTerminalsOptions {
  /** Starts programs with the allow-listed part of an environment. */
  readonly ptys: (env: Readonly<Record<string, string>>) => PtyStarter;
  /** Where recordings lie. */
  readonly recordings: string;
  readonly onEnded: (terminalId: string, end: SeatEnd) => void;
  readonly onRecordingFailed: (terminalId: string, reason: string) => void;
  readonly onRecorded: (recording: KeptRecording) => void;
}

export interface HeldTerminals {
  /** Rejects with an Error for people. */
  open(order: OpenOrder): Promise<void>;
  /** The session's running terminal. */
  running(sessionId: string): Seat | undefined;
  record(terminalId: string, on: boolean): void;
  /** Ends a program; its end is told, and kept until it is forgotten. */
  stop(terminalId: string): Promise<void>;
  forget(terminalId: string): void;
  stopAll(): Promise<void>;
  list(): HeldTerminal[];
  count(): number;
}

interface Kept {
  readonly order: OpenOrder;
  readonly seat: Seat;
  recording: string | undefined;
  fault: string | undefined;
  end: SeatEnd | undefined;
  isForgotten: boolean;
}

export function createHeldTerminals(options: HeldTerminalsOptions): HeldTerminals {
  const kept = new Map<string, Kept>();
  /** As the newest order says. */
  let mostRecorded = Number.POSITIVE_INFINITY;
  const space = createRecordingSpace(options.recordings, () => mostRecorded);
  /** Programs that are being started. */
  let starting = 0;

  async function start(order: OpenOrder): Promise<void> {
    const { terminal_id, setup, size, session_id, env, stop_grace } = order;
    const early: { end?: SeatEnd } = {};
    const find = () => kept.get(terminal_id);
    const listener = {
      ended(end: SeatEnd) {
        early.end = end;
        const found = find();
        if (found === undefined) return;
        found.end = end;
        if (found.isForgotten) kept.delete(terminal_id);
        options.onEnded(terminal_id, end);
      },
      recordingFailed(reason: string) {
        const found = find();
        if (found !== undefined) found.fault = reason;
        options.onRecordingFailed(terminal_id, reason);
      },
    };
    const seat = await openLocalSeat({ setup: { ...setup, idle_timeout: setup.idle_timeout }, size, session_id, terminal_id }, listener, {
      ptys: options.ptys(env),
      stop_grace,
      recorder: {
        begin(terminal, onFault) {
          const file = beginRecordingFile(space, terminal, onFault);
          const found = find();
          if (found !== undefined) {
            found.recording = file.name;
            found.fault = undefined;
          }
          void file.finished.then((recording) => {
            if (found?.recording === file.name) found.recording = undefined;
            if (recording !== undefined) options.onRecorded(recording);
          });
          return file.recording;
        },
      },
    });
    kept.set(terminal_id, { order, seat, recording: undefined, fault: undefined, end: early.end, isForgotten: false });
    // Before its first output, which comes with the next turn of the event loop.
    if (setup.record) seat.record(true);
  }

  return {
    async open(order) {
      if (kept.has(order.terminal_id)) throw new Error("This terminal is open already.");
      mostRecorded = order.max_recordings_bytes ?? mostRecorded;
      starting += 1;
      try {
        await start(order);
      } finally {
        starting -= 1;
      }
    },
    running(sessionId) {
      for (const { order, seat, end } of kept.values()) if (order.session_id === sessionId && end === undefined) return seat;
      return undefined;
    },
    record: (terminalId, on) => kept.get(terminalId)?.seat.record(on),
    async stop(terminalId) {
      await kept.get(terminalId)?.seat.stop();
    },
    forget(terminalId) {
      const found = kept.get(terminalId);
      if (found === undefined) return;
      found.isForgotten = true;
      if (found.end === undefined) void found.seat.stop();
      else kept.delete(terminalId);
    },
    async stopAll() {
      await Promise.all([...kept.values()].map(({ seat }) => seat.stop()));
    },
    list: () =>
      [...kept.values()].map(({ order, recording, fault, end }) => {
        const { session_id, endpoint_id, terminal_id, setup, size } = order;
        const { command, args, work_dir } = setup;
        return {
          session_id,
          endpoint_id,
          terminal_id,
          command: [command, ...args],
          work_dir,
          ...size,
          ...(recording === undefined ? {} : { recording }),
          ...(fault === undefined ? {} : { recording_fault: fault }),
          ...(end === undefined ? {} : { end }),
        };
      }),
    count: () => kept.size + starting,
  };
}
