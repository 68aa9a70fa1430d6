/** Rules decide approvals without asking anybody: what may go ahead, what must be asked, what is refused. */
import { z } from "zod";
import { idSchema, lineSchema, momentSchema } from "./ids.ts";
import { toolKindSchema } from "./tool-call.ts";

export const ruleEffectSchema = z.enum(["allow", "ask", "deny"]);
export type RuleEffect = z.infer<typeof ruleEffectSchema>;

const pattern = z.string().min(1).max(1_000);

function isPlainPath(path: string): boolean {
  const [root, ...parts] = path.split("/");
  return root === "" && (path === "/" || parts.every((part) => part !== "" && part !== "." && part !== ".."));
}

const conditionFields = {
  /** The endpoint; absent: any. */
  endpoint_id: idSchema.optional(),
  kinds: z.array(toolKindSchema).min(1).max(10).optional(),
  /** The agent's own name of the tool. */
  tool: pattern.optional(),
  /** Words of a parsed command, one pattern each; a last `**` stands for any further words. */
  command: z.array(z.string().max(1_000)).min(1).max(64).optional(),
  /** An absolute path. */
  path: pattern.refine(isPlainPath, "must be absolute, without empty parts, `.` and `..`").optional(),
  /** A host name; `*.example.com` is every host below example.com. */
  host: pattern.optional(),
};

/**
 * What a rule matches; every condition that is there must hold, at least one must be there. In patterns `*` stands for any text
 * (in paths: within one folder, `**` as a whole part across folders), and `\*` for a star itself. An `allow` rule needs every
 * command, path and host of a call to match, and lets no command pass for its paths or hosts alone; `ask` and `deny` need one.
 * Unknown conditions are refused: without them it would match more.
 */
export const ruleConditionsSchema = z
  .strictObject(conditionFields)
  .refine((conditions) => Object.values(conditions).some((value) => value !== undefined), "a rule needs at least one condition");
export type RuleConditions = z.infer<typeof ruleConditionsSchema>;

/** What a rule said when it decided; it may say something else by now, or be gone. */
export const ruleTextSchema = z.object({ effect: ruleEffectSchema, when: z.object(conditionFields) });
export type RuleText = z.infer<typeof ruleTextSchema>;

export const ruleDraftSchema = z.strictObject({
  effect: ruleEffectSchema,
  when: ruleConditionsSchema,
  note: lineSchema.max(200).default(""),
  /** `mine`: for the caller's sessions. `everyone`: for all sessions of the hub; admins only. */
  scope: z.enum(["mine", "everyone"]).default("mine"),
});
export type RuleDraft = z.infer<typeof ruleDraftSchema>;

export const ruleSchema = ruleDraftSchema.extend({
  id: idSchema,
  enabled: z.boolean(),
  created_by: z.string(),
  created_at: momentSchema,
});
export type Rule = z.infer<typeof ruleSchema>;
