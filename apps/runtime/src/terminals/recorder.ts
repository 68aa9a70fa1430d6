/** What a terminal tells whoever records it. */
import type { TerminalSize } from "@fairlead/protocol";

export interface RecordedTerminal {
  readonly session_id: string;
  readonly terminal_id: string;
  readonly command: readonly string[];
  /** At the recording's beginning. */
  readonly size: TerminalSize;
}

/** One recording under way: of output and sizes, for what is typed may be a password that nobody sees. Its calls come as things happen, must not throw, and must not keep the bytes they are given. */
export interface Recording {
  output(bytes: Uint8Array): void;
  resize(size: TerminalSize): void;
  /** Recording ends: somebody stopped it, or the program has ended. */
  end(): void;
}

export interface Recorder {
  /** Begins a recording and never throws; `onFault` is called at most once, later, when it cannot go on. */
  begin(terminal: RecordedTerminal, onFault: (reason: string) => void): Recording;
}
