/** Every bound on the wire, in one place; each names what happens at it. Sizes are bytes unless the name says otherwise. */

/** A message a person sends. Longer: TOO_LARGE, nothing stored. */
export const MAX_MESSAGE_BYTES = 64 * 1024;

/** A frame from a client. Longer frames up to the hard limit are answered with TOO_LARGE before the socket is closed. */
export const MAX_CLIENT_FRAME_BYTES = 256 * 1024;

/** A frame between hub and runtime, both ways. Senders split batches to stay below it. */
export const MAX_RUNTIME_FRAME_BYTES = 1024 * 1024;

/** The text of one delta event. Senders split longer text. */
export const MAX_DELTA_CHARS = 64 * 1024;

/** The patch of one file in a tool call. Longer: cut, and marked so. */
export const MAX_PATCH_CHARS = 256 * 1024;

/** Contents and locations of one tool call. */
export const MAX_TOOL_CONTENTS = 64;

/** One event of an agent as JSON text. Inputs and contents that make it longer are shortened, and marked so. */
export const MAX_AGENT_EVENT_BYTES = 512 * 1024;

/** Files that may go with one message. */
export const MAX_ATTACHMENTS = 10;

/** Messages that may wait in one session's queue. One more: LIMIT_EXCEEDED. */
export const MAX_QUEUED_TURNS = 50;

/** How often either side of a socket says something (ms); proxies cut idle sockets at about 100 s. */
export const HEARTBEAT_MS = 15_000;

/** A peer silent for this long (ms) is taken for dead and its socket is closed. */
export const SILENCE_LIMIT_MS = 45_000;

/** Questions that may be open in one session. One more is answered with a rejecting option, or with none of those offered. */
export const MAX_OPEN_APPROVALS = 256;

/** A rule's text in an `approval.resolved`, in characters of JSON; a longer one is left out. */
export const MAX_RULE_TEXT_CHARS = 4_096;

/** A socket that has not said a valid hello by then (ms) is closed. */
export const HELLO_DEADLINE_MS = 5_000;

/** Events in one page of a session's log, and their default. */
export const MAX_EVENT_PAGE = 1_000;
export const MAX_MESSAGE_PAGE = 500;
export const DEFAULT_MESSAGE_PAGE = 100;

/** The payload of one binary frame. Senders split what is longer; a longer frame is refused. */
export const MAX_TERMINAL_PAYLOAD_BYTES = 64 * 1024;

/** Payload bytes a runtime may send a viewer beyond those it has drawn. At it the viewer gets nothing more until it has drawn some. */
export const TERMINAL_WINDOW_BYTES = 256 * 1024;

/** The largest terminal. A larger size is brought down to this. */
export const MAX_TERMINAL_COLS = 1_000;
export const MAX_TERMINAL_ROWS = 500;

/** Input that one `terminals.write` may carry, in characters. */
export const MAX_TERMINAL_WRITE_BYTES = 64 * 1024;

/** The longest `terminals.wait` (s); below the 20 s a request to a runtime may take. */
export const MAX_TERMINAL_WAIT_SECONDS = 15;

/** Terminals a client's socket may be attached to. One more: `terminal.detached` with `limit`. */
export const MAX_TERMINAL_ATTACHMENTS = 32;

/** Sockets one user may hold open; one more is closed with TooManyConnections. */
export const MAX_SOCKETS_PER_USER = 32;
