/** A terminal as a session's log and its lists tell of it: opened, closed, recorded. Its bytes never stand in a log. */
import { z } from "zod";
import { idSchema } from "./ids.ts";
import { MAX_TERMINAL_COLS, MAX_TERMINAL_ROWS } from "./limits.ts";

export const terminalColsSchema = z.number().int().min(2).max(MAX_TERMINAL_COLS);
export const terminalRowsSchema = z.number().int().min(1).max(MAX_TERMINAL_ROWS);

/** The program runs. `terminal_id` names this one run of it: positions in its output count from 0, and may leave some out. */
export const terminalOpenedSchema = z.object({
  type: z.literal("terminal.opened"),
  terminal_id: idSchema,
  /** The program and its arguments. */
  command: z.array(z.string().max(4_096)).max(256),
  work_dir: z.string().max(4_096),
  cols: terminalColsSchema,
  rows: terminalRowsSchema,
});

/**
 * Why a terminal ended: its program did (`exit`), somebody closed it (`close`), nobody used it (`idle`), the runtime ended and nothing
 * held it (`lost`), or it could not start (`failed`).
 */
export const terminalEndSchema = z.enum(["exit", "close", "idle", "lost", "failed"]);
export type TerminalEnd = z.infer<typeof terminalEndSchema>;

export const terminalClosedSchema = z.object({
  type: z.literal("terminal.closed"),
  terminal_id: idSchema,
  reason: terminalEndSchema,
  exit_code: z.number().int().optional(),
  /** The signal that ended it, e.g. `SIGKILL`. */
  signal: z.string().max(20).optional(),
  /** For people; with `failed`. */
  error: z.string().max(8_192).optional(),
});

/** From now on the terminal is recorded, or no longer. */
export const terminalRecordingSchema = z.object({
  type: z.literal("terminal.recording"),
  terminal_id: idSchema,
  on: z.boolean(),
  /** Why it stopped by itself, e.g. a full disk. */
  error: z.string().max(2_000).optional(),
});

/** A recording lies in the hub: an asciicast v2 file. */
export const terminalRecordedSchema = z.object({
  type: z.literal("terminal.recorded"),
  terminal_id: idSchema,
  file_id: idSchema,
  /** Bytes. */
  size: z.number().int().min(0),
  duration_ms: z.number().int().min(0),
});

/** The newest terminal of a session. `opening`: the runtime has not said yet that it runs. */
export const terminalStateSchema = z.object({
  terminal_id: z.string(),
  state: z.enum(["opening", "open", "closed"]),
  command: z.array(z.string()),
  work_dir: z.string().nullable(),
  cols: z.number().int(),
  rows: z.number().int(),
  recording: z.boolean(),
  end: terminalEndSchema.nullable(),
  exit_code: z.number().int().nullable(),
  signal: z.string().nullable(),
  error: z.string().nullable(),
});
export type TerminalState = z.infer<typeof terminalStateSchema>;
