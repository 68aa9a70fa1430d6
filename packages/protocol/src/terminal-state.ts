/** How a session's terminal changes with the events about it. */
import type { SessionEvent } from "./session-event.ts";
import type { TerminalState } from "./terminal.ts";

type TerminalEvent = Extract<SessionEvent, { type: "terminal.requested" | "terminal.opened" | "terminal.closed" | "terminal.recording" }>;

const NEW_TERMINAL: Omit<TerminalState, "terminal_id" | "cols" | "rows"> = {
  state: "opening",
  command: [],
  work_dir: null,
  recording: false,
  end: null,
  exit_code: null,
  signal: null,
  error: null,
};

/** Folds one event in. An event of a run before the newest one changes nothing any more. */
export function reduceTerminal(terminal: TerminalState | null, event: TerminalEvent): TerminalState | null {
  const { terminal_id } = event;
  if (event.type === "terminal.requested") return { ...NEW_TERMINAL, terminal_id, cols: event.cols, rows: event.rows };
  const isNewest = terminal?.terminal_id === terminal_id;
  if (event.type === "terminal.opened") {
    const { command, work_dir, cols, rows } = event;
    const recording = isNewest && terminal.recording;
    return { ...NEW_TERMINAL, terminal_id, state: "open", command, work_dir, cols, rows, recording };
  }
  if (!isNewest) return terminal;
  if (event.type === "terminal.recording") return { ...terminal, recording: event.on };
  const { reason, exit_code = null, signal = null, error = null } = event;
  return { ...terminal, state: "closed", recording: false, end: reason, exit_code, signal, error };
}

/** A closed session has no open terminal; the runtime's own `terminal.closed` follows with the exit code. */
export function closeTerminal(terminal: TerminalState | null): TerminalState | null {
  return terminal === null || terminal.state === "closed" ? terminal : { ...terminal, state: "closed", end: "close" };
}
