/** Text frames about terminals, between viewer and hub and between hub and runtime; the bytes travel in binary frames. */
import { z } from "zod";
import { idSchema, shownSchema } from "./ids.ts";

const number = z.number().int().min(0).max(0xffff_ffff);
const position = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/**
 * Watch a terminal. `viewer_id` names one view over all its attachments (a pane in a tab), so that its input is counted once. With
 * `terminal_id` and `offset` the viewer says what it has drawn: it gets just what is missing, or a `reset` and a `snapshot`.
 */
const attach = { number, session_id: idSchema, viewer_id: idSchema, terminal_id: idSchema.optional(), offset: position.optional() };

/** `ended`: no program runs. `away`: its runtime is not connected; attach again at `terminal.available`. `forbidden`: the right is gone. */
export const terminalDetachReasonSchema = z.enum(["ended", "away", "forbidden", "replaced", "limit", "detached"]);
export type TerminalDetachReason = z.infer<typeof terminalDetachReasonSchema>;

/** `offset`: all that the program has written so far. `taken`: how much of this viewer's input it was given or will be. */
const attached = {
  type: z.literal("terminal.attached"),
  number,
  terminal_id: idSchema,
  cols: z.number().int(),
  rows: z.number().int(),
  offset: position,
  taken: position,
};
const detached = {
  type: z.literal("terminal.detached"),
  number,
  reason: terminalDetachReasonSchema,
  error: shownSchema.max(2_000).optional(),
};

export const viewerSchema = z.object({
  viewer_id: idSchema,
  user_id: idSchema,
  name: z.string(),
  /** Whether it may hold keys and size. */
  may_hold: z.boolean(),
});
export type Viewer = z.infer<typeof viewerSchema>;

/** From a client: `number` is the client's own, unique among its attachments. */
export const clientTerminalFrames = [
  z.object({
    type: z.literal("terminal.attach"),
    ...attach,
    hold: z.boolean().default(true).describe("Hold keys and size if nobody does."),
  }),
  z.object({ type: z.literal("terminal.detach"), number }),
  /** Take keys and size over from whoever holds them, or give them back. */
  z.object({ type: z.literal("terminal.hold"), number, on: z.boolean() }),
] as const;

/** To a client. */
export const hubTerminalFrames = [
  z.object(attached),
  z.object(detached),
  /** A terminal that was `away` or `ended` can be attached again. */
  z.object({ type: z.literal("terminal.available"), session_id: idSchema }),
  /** Who watches and who holds keys and size; sent to all of them at each change. */
  z.object({ type: z.literal("terminal.viewers"), number, holder: idSchema.nullable(), viewers: z.array(viewerSchema) }),
] as const;

/** From the hub to a runtime: `number` is the hub's, unique on that socket. */
export const hubToRuntimeTerminalFrames = [
  /** `may_hold` false: it only watches, and must not hold the program up. */
  z.object({ type: z.literal("terminal.attach"), ...attach, may_hold: z.boolean().optional() }),
  z.object({ type: z.literal("terminal.detach"), number }),
  /** The viewer holds keys and size from now on, or gave them back. */
  z.object({ type: z.literal("terminal.hold"), number, on: z.boolean() }),
] as const;

/** From a runtime. */
export const runtimeTerminalFrames = [z.object(attached), z.object(detached)] as const;
