/** The audit trail: who did what, from where, and what became of it. */
import { z } from "zod";
import { idSchema, momentSchema } from "./ids.ts";
import { contract, pageSize } from "./operation-contract.ts";

/** What leaves an entry without being an operation: bytes come and go at doors of their own. */
export const AUDITED_DEEDS = ["files.upload", "files.download"] as const;

export const auditActorSchema = z.object({
  /** `stranger`: somebody who tried to sign in. */
  kind: z.enum(["user", "runtime", "stranger"]),
  /** The user's or the runtime's. */
  id: z.string().nullable(),
  /** As it was then; of a stranger, the user name that was tried. */
  name: z.string(),
});
export type AuditActor = z.infer<typeof auditActorSchema>;

export const auditEntrySchema = z.object({
  /** Counts up; a later page begins `before` the last one of this. */
  id: z.number().int(),
  at: momentSchema,
  actor: auditActorSchema,
  /** Where the request came from. */
  address: z.string(),
  /** An operation's name, `files.upload` or `files.download`. */
  operation: z.string(),
  session_id: z.string().nullable(),
  /** Null also when the session is gone. */
  session_title: z.string().nullable(),
  /** The id of what else was acted on: a rule, a user, an approval, an endpoint, a file. */
  subject: z.string().nullable(),
  /** What is kept of the input: ids, names, numbers, words of a list and rule texts; of any other text only its `size`. */
  detail: z.record(z.string(), z.unknown()),
  /** `OK` or the code of the refusal; null: not known, because the hub ended in between. */
  code: z.string().nullable(),
  /** How long it took. */
  ms: z.number().int().nullable(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

export const AUDIT_CONTRACTS = {
  "audit.list": contract({
    summary: "Who did what, from where, and what became of it; the newest first",
    kind: "query",
    access: "admin",
    http: { method: "GET", path: "/api/admin/audit" },
    input: z.object({
      /** How the operation's name begins, e.g. `rules.`. */
      operation: z
        .string()
        .max(64)
        .regex(/^[a-z_.]+$/, "may hold small letters, _ and . only")
        .optional(),
      user_id: idSchema.optional(),
      session_id: idSchema.optional(),
      /** Only entries older than the one with this id. */
      before: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
      limit: pageSize(50, 500),
    }),
    output: z.array(auditEntrySchema),
  }),
} as const;
