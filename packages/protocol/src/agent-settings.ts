/** What a session's agent offers beyond talk: options a person may set, slash commands, and what its work used. */
import { z } from "zod";

/** One value of an option. */
export const optionValueSchema = z.object({
  id: z.string().min(1).max(200),
  name: z.string().max(200),
  description: z.string().max(1_000).optional(),
});

/**
 * Something about the agent that can be changed from the session, e.g. its model or permission mode (Agent Client Protocol,
 * `SessionConfigOption`; its `modes` and `models` are told as options too). `category` says what kind of choice it is.
 */
export const configOptionSchema = z.object({
  id: z.string().min(1).max(128),
  name: z.string().max(200),
  category: z.enum(["mode", "model", "thought_level", "other"]),
  current: z.string().max(200),
  values: z.array(optionValueSchema).max(200),
});
export type ConfigOption = z.infer<typeof configOptionSchema>;

/** A slash command; `name` without the slash, `hint` for what may follow it. */
export const slashCommandSchema = z.object({
  name: z.string().min(1).max(200),
  description: z.string().max(500),
  hint: z.string().max(200).optional(),
});
export type SlashCommand = z.infer<typeof slashCommandSchema>;

const tokens = z.number().int().min(0).optional();

/** What one turn has used so far: counts of tokens, and money in US dollars where the agent says it. */
export const usageSchema = z.object({
  input_tokens: tokens,
  output_tokens: tokens,
  /** Of the input tokens, those read from a cache. */
  cached_tokens: tokens,
  cost_usd: z.number().min(0).optional(),
  /** How full the model's context is, and how much fits. */
  context_tokens: tokens,
  context_size: tokens,
});
export type Usage = z.infer<typeof usageSchema>;

/** All options, replacing the ones told before. */
export const configUpdatedSchema = z.object({ type: z.literal("config.updated"), options: z.array(configOptionSchema).max(20) });
/** All slash commands, replacing the ones told before. */
export const commandsUpdatedSchema = z.object({ type: z.literal("commands.updated"), commands: z.array(slashCommandSchema).max(200) });
/** What the running turn has used so far, replacing what was told before in this turn. */
export const usageUpdatedSchema = z.object({ type: z.literal("usage.updated"), usage: usageSchema });
