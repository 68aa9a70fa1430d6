/** The smallest value that satisfies a JSON schema, as far as the schemas of agents go. */
import type { JsonSchema } from "./conversation.ts";

export function smallestInstance(schema: JsonSchema): unknown {
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const choices = [schema.anyOf, schema.oneOf].find(Array.isArray);
  if (choices !== undefined) return smallestInstance(asSchema(choices[0]));
  // Gemini writes its types in capitals.
  const [type] = [schema.type].flat().map((name) => String(name).toLowerCase());
  switch (type) {
    case "string":
      return "";
    case "number":
    case "integer":
      return typeof schema.minimum === "number" ? schema.minimum : 1;
    case "boolean":
      return false;
    case "null":
      return null;
    case "array":
      return Array.from({ length: Number(schema.minItems ?? 0) }, () => smallestInstance(asSchema(schema.items)));
    default:
      return Object.fromEntries(requiredNames(schema).map((name) => [name, smallestInstance(propertyOf(schema, name))]));
  }
}

export function requiredNames(schema: JsonSchema): string[] {
  return Array.isArray(schema.required) ? schema.required.map(String) : [];
}

export function hasProperty(schema: JsonSchema, name: string): boolean {
  return name in asSchema(schema.properties);
}

export function propertyOf(schema: JsonSchema, name: string): JsonSchema {
  return asSchema(asSchema(schema.properties)[name]);
}

function asSchema(value: unknown): JsonSchema {
  return typeof value === "object" && value !== null ? (value as JsonSchema) : {};
}
