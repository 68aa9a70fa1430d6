/** Who keeps terminals while their runtime is away, as the rest of the runtime knows it: a holder, or tmux. */
import type { HeldTerminal } from "./holder-messages.ts";
import type { Seat, SeatListener, SeatSpec } from "./seat.ts";

export interface KeptSpec extends SeatSpec {
  readonly endpoint_id: string;
}

export interface Keeper {
  /** Tells what it keeps; never rejects. */
  find(): Promise<readonly HeldTerminal[]>;
  /** Where the session's kept terminal (default: any) may run on that was not found, for people; undefined: nowhere. */
  elsewhere(sessionId?: string): string | undefined;
  /** Opens a terminal there; rejects with an Error for people. */
  open(spec: KeptSpec, listener: SeatListener): Promise<Seat>;
  /** Goes on with a terminal that was found running; rejects with an Error for people. */
  adopt(found: HeldTerminal, listener: SeatListener): Promise<Seat>;
  /** Ends a terminal that was found if it runs, and its memory there. */
  forget(terminalId: string): void;
  /** Leaves them as they are. */
  stop(): Promise<void>;
}
