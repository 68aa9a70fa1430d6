/** WebSocket close codes, each named for what happened; 4xxx are ours. Used by both sockets. */

interface CloseRow {
  readonly code: number;
  /** Whether dialling again with the same credentials may help. */
  readonly reconnect: boolean;
  readonly reason: string;
}

export const CLOSE = {
  Normal: { code: 1000, reconnect: false, reason: "closed by choice" },
  GoingAway: { code: 1001, reconnect: true, reason: "the hub is shutting down" },
  TooBig: { code: 1009, reconnect: true, reason: "a frame was larger than the limit" },
  Internal: { code: 1011, reconnect: true, reason: "the hub failed; its log says why" },
  BadFrame: { code: 4400, reconnect: true, reason: "a frame did not follow the protocol" },
  Unauthenticated: { code: 4401, reconnect: false, reason: "the credentials are missing, wrong, expired or revoked" },
  HelloTimeout: { code: 4408, reconnect: true, reason: "no valid hello arrived in time" },
  Superseded: { code: 4409, reconnect: false, reason: "another connection with the same runtime id took over" },
  OrdinalGap: { code: 4410, reconnect: true, reason: "an event number was skipped; reconnect and resend" },
  Silent: { code: 4411, reconnect: true, reason: "nothing was heard for too long" },
  VersionMismatch: { code: 4426, reconnect: false, reason: "hub and peer have no protocol version in common" },
  TooManyConnections: { code: 4429, reconnect: true, reason: "too many connections" },
} as const satisfies Record<string, CloseRow>;

export type CloseName = keyof typeof CLOSE;

/** Whether a socket closed with this code should be dialled again. Codes of the network itself always may. */
export function mayReconnect(code: number): boolean {
  const row = Object.values(CLOSE).find((candidate) => candidate.code === code);
  return row === undefined || row.code === CLOSE.Normal.code || row.reconnect;
}
