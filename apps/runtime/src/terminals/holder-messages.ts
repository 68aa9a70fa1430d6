/** What a runtime and its holder say to each other; about views and questions it is what runtime and hub say. */
import { hubToRuntimeFrameSchema, idSchema, runtimeFrameSchema, terminalColsSchema, terminalRowsSchema } from "@fairlead/protocol";
import { z } from "zod";

/** Counts what these messages mean: raised when a runtime could not go on with a holder that an older one started. */
export const HOLDER_VERSION = 1;

const textsSchema = z.record(z.string(), z.string());
const run = { session_id: idSchema, endpoint_id: idSchema, terminal_id: idSchema };

const setupSchema = z.object({
  command: z.string(),
  args: z.array(z.string()),
  work_dir: z.string(),
  env: textsSchema,
  ring: z.number().int().min(1),
  scrollback: z.number().int().min(0),
  idle_timeout: z.number().min(1).optional(),
  record: z.boolean(),
  keep: z.enum(["none", "holder", "tmux"]),
});

const endSchema = z.object({
  reason: z.enum(["exit", "idle", "lost"]),
  exit: z.object({ code: z.number().int().optional(), signal: z.string().optional() }).optional(),
});

const orderSchema = z.discriminatedUnion("type", [
  /** `env`: the environment of which the program gets the allow-listed part; `stop_grace` in ms; `max_recordings_bytes`: of all recordings together. */
  z.object({
    type: z.literal("open"),
    ...run,
    size: z.object({ cols: terminalColsSchema, rows: terminalRowsSchema }),
    setup: setupSchema,
    env: textsSchema,
    stop_grace: z.number().min(0),
    max_recordings_bytes: z.number().int().min(1).optional(),
  }),
  z.object({ type: z.literal("stop"), terminal_id: idSchema }),
  z.object({ type: z.literal("record"), terminal_id: idSchema, on: z.boolean() }),
  /** Its end was told, or nobody wants to know it: a terminal that still runs is ended. */
  z.object({ type: z.literal("forget"), terminal_id: idSchema }),
  /** The runtime stops. A holder that has nothing to hold ends at once. */
  z.object({ type: z.literal("leave") }),
]);

/** From the runtime: orders, and what the hub says of views and questions. */
export const toHolderSchema = z.union([orderSchema, hubToRuntimeFrameSchema]);
export type ToHolder = z.infer<typeof toHolderSchema>;

const heldTerminalSchema = z.object({
  ...run,
  command: z.array(z.string()),
  work_dir: z.string(),
  cols: terminalColsSchema,
  rows: terminalRowsSchema,
  /** The file that is being written. */
  recording: z.string().optional(),
  /** Why a recording ended by itself while no runtime was connected. */
  recording_fault: z.string().optional(),
  /** It has ended, and no runtime has said that it knows. */
  end: endSchema.optional(),
});
export type HeldTerminal = z.infer<typeof heldTerminalSchema>;

const recordingSchema = z.object({
  session_id: idSchema,
  terminal_id: idSchema,
  name: z.string(),
  file: z.string(),
  size: z.number().int().min(0),
  duration_ms: z.number().int().min(0),
});

const reportSchema = z.discriminatedUnion("type", [
  /** First: who it is and all it holds. */
  z.object({
    type: z.literal("list"),
    version: z.literal(HOLDER_VERSION),
    pid: z.number().int().min(1).optional(),
    terminals: z.array(heldTerminalSchema),
  }),
  z.object({ type: z.literal("opened"), terminal_id: idSchema }),
  z.object({ type: z.literal("failed"), terminal_id: idSchema, error: z.string() }),
  z.object({ type: z.literal("ended"), terminal_id: idSchema, end: endSchema }),
  z.object({ type: z.literal("recording.failed"), terminal_id: idSchema, error: z.string() }),
  /** A recording's file is whole. */
  z.object({ type: z.literal("recorded"), recording: recordingSchema }),
]);

/** From the holder: reports, and what a runtime says of views and questions. */
export const fromHolderSchema = z.union([reportSchema, runtimeFrameSchema]);
export type FromHolder = z.infer<typeof fromHolderSchema>;
