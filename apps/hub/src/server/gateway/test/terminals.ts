/** Viewers and runtimes of terminals for tests: attach on one side, answer on the other. */
import type { Frame, Peer } from "./rig.ts";

export const RUN = "t-1";

/** What a runtime says to an attach that it can serve. */
export const ATTACHED = { terminal_id: RUN, cols: 80, rows: 24, offset: 0, taken: 0 } as const;

export interface Attach {
  readonly number: number;
  readonly session: string;
  readonly viewer?: string;
  readonly hold?: boolean;
}

/** Asks to watch; resolves with the number the runtime knows the view by, once the viewer was told that it watches. */
export async function attach(viewer: Peer, runtime: Peer, options: Attach): Promise<number> {
  ask(viewer, options);
  const asked = await runtime.next((frame) => frame.type === "terminal.attach" && frame.session_id === options.session);
  const far = Number(asked.number);
  runtime.send({ type: "terminal.attached", number: far, ...ATTACHED });
  await viewer.next((frame) => frame.type === "terminal.attached" && frame.number === options.number);
  return far;
}

export function ask(viewer: Peer, { number, session, viewer: viewer_id = `v-${number}`, hold = true }: Attach): void {
  viewer.send({ type: "terminal.attach", number, session_id: session, viewer_id, hold });
}

/** Resolves with the next list of viewers that names this holder. */
export function held(viewer: Peer, number: number, holder: string | null): Promise<Frame> {
  return viewer.next((frame) => frame.type === "terminal.viewers" && frame.number === number && frame.holder === holder);
}

/** A frame that is answered proves that everything before it was handled. */
export async function settled(...peers: readonly Peer[]): Promise<void> {
  for (const peer of peers) {
    peer.send({ type: "ping" });
    await peer.next("pong");
  }
}
