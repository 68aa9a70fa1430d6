/** `GET /api/openapi.json`: the contracts as an OpenAPI 3.1 document. */
import { CONTRACTS, type Contract, errorCodeSchema, OPERATION_NAMES, PRODUCT_VERSION } from "@fairlead/protocol";
import { z } from "zod";

interface JsonSchema {
  readonly [key: string]: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

function schemaOf(type: z.ZodType, io: "input" | "output"): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io, unrepresentable: "any" }) as JsonSchema;
  return schema;
}

function describeOperation(name: string, { summary, access, http, input, output }: Contract) {
  const schema = schemaOf(input, "input");
  const inPath = [...http.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  const others = Object.entries(schema.properties ?? {}).filter(([key]) => !inPath.includes(key));
  const required = (schema.required ?? []).filter((key) => !inPath.includes(key));
  const parameters = [
    ...inPath.map((key) => ({ name: key, in: "path", required: true, schema: schema.properties?.[key] ?? { type: "string" } })),
    ...(http.method === "GET"
      ? others.map(([key, part]) => ({ name: key, in: "query", required: required.includes(key), schema: part }))
      : []),
  ];
  const body = { ...schema, properties: Object.fromEntries(others), required };
  return {
    operationId: name,
    tags: [name.split(".")[0]],
    summary,
    ...(access === "public" ? { security: [] } : {}),
    parameters,
    ...(http.method === "GET" || others.length === 0
      ? {}
      : { requestBody: { required: required.length > 0, content: { "application/json": { schema: body } } } }),
    responses: {
      [String(http.status ?? 200)]: { description: "Done", content: { "application/json": { schema: schemaOf(output, "output") } } },
      default: { $ref: "#/components/responses/Refusal" },
    },
  };
}

/** Builds the document; the same for every caller. */
export function createOpenApi(serverUrl: string) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const name of OPERATION_NAMES) {
    const contract: Contract = CONTRACTS[name];
    const path = paths[contract.http.path] ?? {};
    paths[contract.http.path] = path;
    path[contract.http.method.toLowerCase()] = describeOperation(name, contract);
  }
  return {
    openapi: "3.1.0",
    info: { title: "Fairlead", version: PRODUCT_VERSION, description: "Talk to agents through a hub. Live events come over /ws/client." },
    servers: [{ url: serverUrl }],
    security: [{ bearer: [] }, { cookie: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "The token of POST /api/auth/login" },
        cookie: { type: "apiKey", in: "cookie", name: "next-auth.session-token", description: "The browser's sign-in" },
      },
      schemas: {
        Refusal: {
          type: "object",
          required: ["error", "code"],
          properties: { error: { type: "string" }, code: { enum: errorCodeSchema.options } },
        },
      },
      responses: {
        Refusal: {
          description: "Refused; `Retry-After` says when a retry makes sense",
          content: { "application/json": { schema: { $ref: "#/components/schemas/Refusal" } } },
        },
      },
    },
  };
}
