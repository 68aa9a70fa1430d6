/** Schemas of identifiers: what a name on the wire may look like. */
import { z } from "zod";

/** An id that a person, a script or a peer chose: printable, no spaces, safe in a URL path and in a file name. */
export const idSchema = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:@-]*$/, "may hold letters, digits and . _ : @ - only");

/** A position in a session's log: 1, 2, 3 … without holes. 0 means "before the first". */
export const seqSchema = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** A runtime's own number for an event of one session's stream: 1, 2, 3 … without holes. */
export const ordinalSchema = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** A moment as ISO 8601 in UTC. */
export const momentSchema = z.iso.datetime();

/** One line that a person typed: control characters would garble lists, and Postgres stores no NUL. */
export const lineSchema = z.string().regex(/^\P{Cc}*$/u, "must not hold control characters");

/** Text of a peer that is shown and stored: what Postgres cannot store is made visible instead of refusing it all. */
export const shownSchema = z.string().overwrite((text) => text.replaceAll("\0", "␀"));
