/** What a contract is, and the shapes that contracts share. */
import { z } from "zod";
import { idSchema } from "./ids.ts";

export type OperationKind = "query" | "mutation";

export interface Contract<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType, K extends OperationKind = OperationKind> {
  readonly summary: string;
  readonly kind: K;
  /** Who may call it at all; what they may touch is decided per subject. */
  readonly access: "public" | "user" | "admin";
  /** False: a mutation that leaves no entry in the audit trail; queries never do. Each one says why. */
  readonly audited?: false;
  /** `{name}` parts of the path, the query string and the body are merged into one input. */
  readonly http: { readonly method: "GET" | "POST" | "PATCH" | "DELETE"; readonly path: string; readonly status?: number };
  readonly input: I;
  readonly output: O;
}

export function contract<I extends z.ZodType, O extends z.ZodType, const K extends OperationKind>(
  definition: Contract<I, O, K>,
): Contract<I, O, K> {
  return definition;
}

export const sessionInput = z.object({ session_id: idSchema });
export const pageSize = (fallback: number, most: number) => z.coerce.number().int().min(1).max(most).default(fallback);
