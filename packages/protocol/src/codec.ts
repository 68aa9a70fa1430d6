/** Text → frame: one place where a socket's bytes become a typed value or one clear refusal. */
import type { z } from "zod";
import { AppError, describeIssues } from "./errors.ts";

/** Decodes one text frame. Throws INVALID_INPUT naming the fault, and the frame's `type` where it had one. */
export function decodeFrame<T extends z.ZodType>(schema: T, text: string): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError("INVALID_INPUT", "the frame is not JSON", { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError("INVALID_INPUT", `${nameFrame(value)}: ${describeIssues(parsed.error)}`, { cause: parsed.error });
}

function nameFrame(value: unknown): string {
  const type = typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
  return typeof type === "string" ? `frame "${type.slice(0, 64)}"` : "frame without a type";
}

/** Bytes of a text in UTF-8. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
