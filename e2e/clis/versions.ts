/** Reads the pinned versions of the agents; `versions.json` is the only place that names them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const pinSchema = z.strictObject({
  package: z.string().regex(/^(@[a-z0-9-]+\/)?[a-z0-9-]+$/),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  /** Large, or like another: installed and run only with FAIRLEAD_AGENT_EXTRAS=1. */
  extra: z.boolean().default(false),
  /** What it runs beside itself, package → version: installed with it. */
  with: z.record(z.string(), z.string()).default({}),
});
export type Pin = z.infer<typeof pinSchema>;

export const CLI_NAMES = [
  "claude",
  "codex",
  "pi",
  "gemini",
  "copilot",
  "claude-agent-acp",
  "codex-acp",
  "qwen",
  "opencode",
  "kilo",
  "pi-acp",
] as const;
export type CliName = (typeof CLI_NAMES)[number];

export function readVersions(): Record<CliName, Pin> {
  return z
    .strictObject(Object.fromEntries(CLI_NAMES.map((name) => [name, pinSchema])) as Record<CliName, typeof pinSchema>)
    .parse(JSON.parse(readFileSync(join(import.meta.dirname, "versions.json"), "utf8")));
}
