/** Reading a config file strictly: an unknown key is an error that names the nearest known one. */
import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { AppError } from "./errors.ts";

interface JsonSchemaNode {
  readonly properties?: Readonly<Record<string, JsonSchemaNode>>;
  readonly items?: JsonSchemaNode;
  readonly anyOf?: readonly JsonSchemaNode[];
}

/** All keys that a strict schema knows at a path such as `endpoints.0.cli`. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const root = z.toJSONSchema(schema, { unrepresentable: "any", io: "input" }) as JsonSchemaNode;
  let nodes: readonly JsonSchemaNode[] = [root];
  for (const step of path) {
    nodes = nodes.flatMap((node) => {
      const options = node.anyOf ?? [node];
      return options.flatMap((option) => (typeof step === "number" ? (option.items ?? []) : (option.properties?.[String(step)] ?? [])));
    });
  }
  return nodes.flatMap((node) => (node.anyOf ?? [node]).flatMap((option) => Object.keys(option.properties ?? {})));
}

function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known.map((key) => ({ key, away: distance(word, key) })).sort((a, b) => a.away - b.away);
  const best = ranked[0];
  return best !== undefined && best.away <= Math.max(2, Math.ceil(word.length / 2)) ? best.key : undefined;
}

/** One line per fault, each with the path of the key. */
export function explainConfigFaults(schema: z.ZodType, error: z.ZodError): string[] {
  return error.issues.flatMap((issue) => {
    const at = issue.path.join(".");
    if (issue.code !== "unrecognized_keys") return [`${at === "" ? "the file" : at}: ${issue.message}`];
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => {
      const close = nearest(key, known);
      const advice = close === undefined ? `known keys here: ${known.join(", ")}` : `did you mean "${close}"?`;
      return `${at === "" ? key : `${at}.${key}`}: unknown key; ${advice}`;
    });
  });
}

/** Parses the JSON text of a config file, or throws INVALID_INPUT listing every fault with its path. */
export function parseConfigText<T extends z.ZodType>(schema: T, text: string, name: string): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError("INVALID_INPUT", `${name} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = explainConfigFaults(schema, parsed.error);
  throw new AppError(
    "INVALID_INPUT",
    `${name} has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:\n  ${faults.join("\n  ")}`,
  );
}
