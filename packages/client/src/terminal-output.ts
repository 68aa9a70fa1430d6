/** Where a viewer stands in a terminal's output: each byte is passed on once and in order, whatever arrives. */
import type { TerminalFrame } from "@fairlead/protocol";

/** `gap`: bytes are missing before this frame. `reset`: the screen is drawn anew by what follows. */
export type OutputStep =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "reset" }
  | { readonly kind: "gap" }
  | { readonly kind: "nothing" };

export interface OutputPosition {
  /** The run of the program; null: none seen yet. */
  readonly terminal_id: string | null;
  /** The first byte that is still missing. */
  readonly offset: number;
  /** Whether output from `offset` on is all that is missing: not while the screen is being drawn anew, of which no end is told. */
  readonly whole: boolean;
  /** Nothing of this run is drawn. */
  begin(terminalId: string): void;
  /** A frame of kind `output`, `reset` or `snapshot`. */
  take(frame: TerminalFrame): OutputStep;
}

const NOTHING: OutputStep = { kind: "nothing" };

export function createOutputPosition(): OutputPosition {
  let terminalId: string | null = null;
  let offset = 0;
  /** The screen that is being drawn anew stood here; undefined: none is, and a `snapshot` belongs to nothing. */
  let drawing: number | undefined;

  const takeOutput = ({ position, payload }: TerminalFrame): OutputStep => {
    if (position > offset) return { kind: "gap" };
    const known = offset - position;
    if (known >= payload.length) return NOTHING;
    drawing = undefined;
    offset = position + payload.length;
    return { kind: "bytes", bytes: known === 0 ? payload : payload.subarray(known) };
  };

  return {
    get terminal_id() {
      return terminalId;
    },
    get offset() {
      return offset;
    },
    get whole() {
      return terminalId !== null && drawing === undefined;
    },
    begin(id) {
      terminalId = id;
      offset = 0;
      drawing = undefined;
    },
    take(frame) {
      if (frame.kind === "output") return takeOutput(frame);
      if (frame.kind === "reset") {
        // A screen from before what is drawn already would take the terminal back in time.
        if (frame.position < offset) return NOTHING;
        offset = frame.position;
        drawing = frame.position;
        return { kind: "reset" };
      }
      return frame.position === drawing ? { kind: "bytes", bytes: frame.payload } : NOTHING;
    },
  };
}
