/** Durations and sizes as people write them in config files: `30m`, `720h`, `1h30m`, `10MB`, or plain numbers. */
import { z } from "zod";

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const UNIT_BYTES: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1_000,
  mb: 1_000_000,
  gb: 1_000_000_000,
  kib: 1_024,
  mib: 1_048_576,
  gib: 1_073_741_824,
};
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
/** The longest wait a Node timer can hold (2^31 - 1 ms); longer durations are refused rather than fired at once. */
const LONGEST_MS = 2_147_483_647;

/** Milliseconds of a duration such as `1h30m`, or undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  const compact = text.trim();
  if (!DURATION.test(compact)) return undefined;
  let total = 0;
  for (const [, amount, unit] of compact.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) total += Number(amount) * (UNIT_MS[unit ?? ""] ?? 0);
  return Math.round(total);
}

/** Bytes of a size such as `10MB` or `512KiB`, or undefined when it is not one. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const factor = UNIT_BYTES[(match?.[2] ?? "?").toLowerCase()];
  return match === null || factor === undefined ? undefined : Math.round(Number(match[1]) * factor);
}

function quantity(parse: (text: string) => number | undefined, hint: string, numberFactor: number) {
  return z.union([z.string(), z.number().min(0)]).transform((value, context) => {
    const amount = typeof value === "number" ? value * numberFactor : parse(value);
    if (amount !== undefined && Number.isSafeInteger(amount)) return amount;
    context.addIssue({ code: "custom", message: hint });
    return z.NEVER;
  });
}

/** A duration in a config file → milliseconds. A bare number counts seconds, as in Amurg's files. */
export const durationSchema = quantity(parseDuration, 'must be a duration such as "30s", "5m" or "720h"', 1_000);

/** A duration that drives a timer → milliseconds; at least 1 ms, at most about 24 days. */
export const timerSchema = durationSchema.pipe(z.number().min(1, "must be longer than 0").max(LONGEST_MS, "must be at most 596h"));

/** A size in a config file → bytes. */
export const sizeSchema = quantity(parseSize, 'must be a size such as 10485760, "10MB" or "512KiB"', 1);
