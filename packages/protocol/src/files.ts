/** Files that an agent makes: told with what names their bytes, which come to the hub beside the log. */
import { z } from "zod";
import { idSchema } from "./ids.ts";

/** The hex SHA-256 of a file's bytes. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in hex");

/**
 * Why a file's bytes do not come to the hub: it is larger than a file may be there, too many wait already at the runtime, it could not be
 * read or kept, or the hub refused it.
 */
export const fileMissingSchema = z.enum(["too_large", "no_room", "unreadable", "refused"]);
export type FileMissing = z.infer<typeof fileMissingSchema>;

/** Pixels of a picture. */
const pixelsSchema = z.number().int().min(1).max(1_000_000);

/**
 * A file the agent made or showed. `path` is relative to its working directory, and the name again for a picture that lies in no file.
 * With `sha256` its bytes are on their way: `file.stored` or `file.dropped` with the same one tells of them. With neither that nor
 * `missing` it lies on the runtime's machine alone.
 */
export const fileProducedSchema = z.object({
  type: z.literal("file.produced"),
  name: z.string().min(1).max(255),
  path: z.string().min(1).max(4_096),
  mime_type: z.string().max(255),
  /** Bytes. */
  size: z.number().int().min(0),
  sha256: sha256Schema.optional(),
  missing: fileMissingSchema.optional(),
  width: pixelsSchema.optional(),
  height: pixelsSchema.optional(),
  /** The call it came with. */
  tool_call_id: idSchema.optional(),
  /** The call of the sub-agent that made it. */
  parent_tool_call_id: idSchema.optional(),
});
export type FileProduced = z.infer<typeof fileProducedSchema>;

/** The bytes lie in the hub: `file_id` fetches them. */
export const fileStoredSchema = z.object({ type: z.literal("file.stored"), sha256: sha256Schema, file_id: idSchema });

/** The bytes will not come. */
export const fileDroppedSchema = z.object({ type: z.literal("file.dropped"), sha256: sha256Schema, reason: fileMissingSchema });
