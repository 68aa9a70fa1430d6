/**
 * The bus tells parts of the hub that something was committed. It carries hints, never truth: a lost message costs
 * latency, because every subscriber also looks for itself every few seconds.
 */

/** Events of one session that were just committed: numbers `from`..`to`, each as the JSON text that stands in the log. */
export interface CommittedRange {
  readonly session_id: string;
  readonly from: number;
  readonly to: number;
  /** One JSON text per event, in order. */
  readonly events: readonly string[];
}

/** What is published under which subject; `<id>` stands for the id of a session, runtime, user or login. */
export interface BusMessages {
  /** A session's log grew. */
  readonly [subject: `session.${string}`]: CommittedRange;
  /** A runtime has new command rows. */
  readonly [subject: `runtime.${string}`]: null;
  /** Something in this user's session list changed, or among the approvals of a session (`id`: which session). */
  readonly [subject: `user.${string}`]: { readonly topic: "sessions" | "approvals"; readonly id: string };
  /** A login was revoked: its sockets must close. */
  readonly [subject: `login.${string}`]: null;
  /** What this user may read changed: a session was shared with them, or is no longer. */
  readonly [subject: `access.${string}`]: { readonly session_id: string };
  /** What lists show of a terminal changed; for those it is shared with. */
  readonly terminals: { readonly session_id: string };
  /** An approval was opened or closed; for those who may answer in every session. */
  readonly approvals: { readonly session_id: string };
  /** The offer or the reachability of endpoints changed. */
  readonly endpoints: { readonly runtime_id: string };
}

export interface Bus {
  publish<S extends keyof BusMessages & string>(subject: S, message: BusMessages[S]): void;
  /** Calls `listener` for each message until the returned function is called. A listener that throws harms no other. */
  subscribe<S extends keyof BusMessages & string>(subject: S, listener: (message: BusMessages[S]) => void): () => void;
}
