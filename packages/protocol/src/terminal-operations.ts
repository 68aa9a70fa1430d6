/** Contracts of terminals: open, drive from a script, share, record. A terminal is a session; these are what other sessions lack. */
import { z } from "zod";
import { sessionSchema } from "./entities.ts";
import { idSchema, lineSchema } from "./ids.ts";
import { MAX_TERMINAL_COLS, MAX_TERMINAL_ROWS, MAX_TERMINAL_WAIT_SECONDS, MAX_TERMINAL_WRITE_BYTES } from "./limits.ts";
import { contract, sessionInput } from "./operation-contract.ts";
import { terminalStateSchema } from "./terminal.ts";

const cols = z.coerce.number().int().min(2).max(MAX_TERMINAL_COLS);
const rows = z.coerce.number().int().min(1).max(MAX_TERMINAL_ROWS);

/** The screen as text: trailing spaces cut, rows counted from 0. */
export const terminalScreenSchema = z.object({
  terminal_id: z.string(),
  cols: z.number().int(),
  rows: z.number().int(),
  lines: z.array(z.string()),
  cursor: z.object({ row: z.number().int(), col: z.number().int() }),
  /** The oldest lines that were asked for are left out: together they are too long to be told. */
  truncated: z.boolean().optional(),
  /** What the program called its window; empty: nothing. */
  title: z.string(),
  /** Whether a full-screen program has the screen. */
  alternate: z.boolean(),
  /** How many bytes the program has written. */
  offset: z.number().int(),
});
export type TerminalScreen = z.infer<typeof terminalScreenSchema>;

const shareSchema = z.object({ user_id: idSchema, username: z.string(), since: z.iso.datetime() });

export const TERMINAL_CONTRACTS = {
  "terminals.open": contract({
    summary: "Opens a terminal: a new session, or the next run in one whose program has ended",
    kind: "mutation",
    access: "user",
    http: { method: "POST", path: "/api/terminals", status: 201 },
    input: z
      .object({
        endpoint_id: idSchema.optional(),
        /** Run the program again in this session. */
        session_id: idSchema.optional(),
        title: lineSchema.trim().min(1).max(200).optional(),
        cols: cols.default(80),
        rows: rows.default(24),
        /** Record it; default: as the endpoint's config says. */
        record: z.boolean().optional(),
      })
      .refine(({ endpoint_id, session_id }) => (endpoint_id === undefined) !== (session_id === undefined), {
        path: ["endpoint_id"],
        error: "give either endpoint_id or session_id",
      }),
    output: sessionSchema,
  }),
  "terminals.list": contract({
    summary: "The caller's open terminals and those shared with the caller",
    kind: "query",
    access: "user",
    http: { method: "GET", path: "/api/terminals" },
    input: z.object({}),
    output: z.array(z.object({ session: sessionSchema, terminal: terminalStateSchema, owner: z.string(), shared: z.boolean() })),
  }),
  "terminals.close": contract({
    summary: "Ends a terminal's program and its session",
    kind: "mutation",
    access: "user",
    http: { method: "DELETE", path: "/api/terminals/{session_id}" },
    input: sessionInput,
    output: z.object({ status: z.enum(["closed", "already_closed"]) }),
  }),
  "terminals.screen": contract({
    summary: "The screen of a terminal as text",
    kind: "query",
    access: "user",
    http: { method: "GET", path: "/api/terminals/{session_id}/screen" },
    input: sessionInput.extend({
      /** How many lines of the history above the screen to tell as well. */
      history: z.coerce.number().int().min(0).max(10_000).default(0),
    }),
    output: terminalScreenSchema,
  }),
  "terminals.write": contract({
    summary: "Types into a terminal",
    kind: "mutation",
    access: "user",
    http: { method: "POST", path: "/api/terminals/{session_id}/input" },
    input: sessionInput.extend({ data: z.string().min(1).max(MAX_TERMINAL_WRITE_BYTES) }),
    /** `offset`: how many bytes the program had written by then; `terminals.wait` takes it to look at newer output only. */
    output: z.object({ status: z.literal("written"), offset: z.number().int() }),
  }),
  "terminals.wait": contract({
    summary: "Waits until a terminal's output matches a pattern, its program ends, or the time is over",
    kind: "query",
    access: "user",
    http: { method: "POST", path: "/api/terminals/{session_id}/wait" },
    input: sessionInput.extend({
      /** A regular expression, looked for in the output as text, without its escape sequences. */
      pattern: z.string().min(1).max(1_000),
      /** Look only at output after this position; default: at what is on the screen now, then at what comes. */
      after_offset: z.coerce.number().int().min(0).optional(),
      /** Seconds. */
      timeout: z.coerce.number().min(0.1).max(MAX_TERMINAL_WAIT_SECONDS).default(10),
    }),
    output: z.object({ outcome: z.enum(["matched", "timeout", "closed"]), match: z.string().nullable(), offset: z.number().int() }),
  }),
  "terminals.record": contract({
    summary: "Begins or ends the recording of a terminal; all who watch are told",
    kind: "mutation",
    access: "user",
    http: { method: "POST", path: "/api/terminals/{session_id}/recording", status: 202 },
    input: sessionInput.extend({ on: z.boolean() }),
    output: z.object({ status: z.literal("requested") }),
  }),
  "terminals.share": contract({
    summary: "Lets a user watch a terminal, without typing",
    kind: "mutation",
    access: "user",
    http: { method: "POST", path: "/api/terminals/{session_id}/shares" },
    input: sessionInput.extend({ username: lineSchema.min(1).max(64) }),
    output: z.array(shareSchema),
  }),
  "terminals.unshare": contract({
    summary: "Takes a user's right to watch away; open views of that user end",
    kind: "mutation",
    access: "user",
    http: { method: "DELETE", path: "/api/terminals/{session_id}/shares/{user_id}" },
    input: sessionInput.extend({ user_id: idSchema }),
    output: z.array(shareSchema),
  }),
  "terminals.shares": contract({
    summary: "Who may watch a terminal besides its owner",
    kind: "query",
    access: "user",
    http: { method: "GET", path: "/api/terminals/{session_id}/shares" },
    input: sessionInput,
    output: z.array(shareSchema),
  }),
} as const;
