/** A call's input with every text in it made safe to store and show. */
import type { ToolInput } from "@fairlead/protocol";
import { safeText } from "../process/text.ts";

/** Deeper inputs are no use to anybody and could exhaust the stack of whoever walks through them. */
const MAX_DEPTH = 100;

/** Undefined when it is nested too deeply. */
export function safeInput(input: ToolInput): ToolInput | undefined {
  try {
    return Object.fromEntries(Object.entries(input).map(([key, value]) => [safeText(key), safeValue(value, 1)]));
  } catch {
    return undefined;
  }
}

function safeValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return safeText(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) throw new RangeError("nested too deeply");
  if (Array.isArray(value)) return value.map((one) => safeValue(one, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [safeText(key), safeValue(one, depth + 1)]));
}
