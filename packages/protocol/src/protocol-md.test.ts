/** PROTOCOL.md names everything the schemas know, and its examples parse. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { agentEventSchema } from "./agent-event.ts";
import { clientFrameSchema, hubToClientFrameSchema } from "./client-socket.ts";
import { CLOSE } from "./close-codes.ts";
import { errorCodeSchema } from "./errors.ts";
import * as limits from "./limits.ts";
import { commandKindSchema, hubToRuntimeFrameSchema, runtimeFrameSchema } from "./runtime-socket.ts";
import { runtimeEventSchema, sessionEventSchema } from "./session-event.ts";
import { PROTOCOL_VERSION } from "./version.ts";

const text = readFileSync(new URL("../PROTOCOL.md", import.meta.url), "utf8");

interface Option {
  readonly shape: { readonly type: { readonly values: ReadonlySet<string> } };
}

/** The `type`s of a discriminated union. */
function typesOf(schema: z.ZodType): string[] {
  const { options } = schema as unknown as { options: readonly Option[] };
  return options.flatMap(({ shape }) => [...shape.type.values]);
}

/** The part of the page under a heading, up to the next of the same depth. */
function section(heading: string): string {
  const start = text.indexOf(`\n${heading}\n`);
  expect(start, heading).toBeGreaterThan(0);
  const depth = heading.split(" ")[0] ?? "";
  const rest = text.slice(start + heading.length + 2);
  const end = rest.search(new RegExp(`^#{2,${depth.length}} `, "m"));
  return end < 0 ? rest : rest.slice(0, end);
}

/** JSON objects of the fenced blocks, one a line. */
function examples(part: string): unknown[] {
  return [...part.matchAll(/```json\n([\s\S]*?)```/g)].flatMap(([, block]) =>
    (block ?? "")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
  );
}

const client = section("## `/ws/client`");
const runtime = section("## `/ws/runtime`");
const split = (part: string, second: string) => [part.slice(0, part.indexOf(second)), part.slice(part.indexOf(second))] as const;
const [fromClient, toClient] = split(client, "### Hub → client");
const [fromRuntime, toRuntime] = split(runtime, "### Hub → runtime");

describe.each([
  ["client → hub", clientFrameSchema, fromClient],
  ["hub → client", hubToClientFrameSchema, toClient],
  ["runtime → hub", runtimeFrameSchema, fromRuntime],
  ["hub → runtime", hubToRuntimeFrameSchema, toRuntime],
])("%s", (_name, schema, part) => {
  it.each(typesOf(schema))("names the frame %s", (type) => {
    expect(part).toContain(`\`${type}\``);
  });

  it("has examples that parse, one at least for each frame but ping", () => {
    const found = examples(part);
    for (const example of found) expect(schema.safeParse(example).error, JSON.stringify(example)).toBeUndefined();
    const shown = new Set(found.map((example) => (example as { type: string }).type));
    expect(typesOf(schema).filter((type) => !shown.has(type) && type !== "ping")).toEqual([]);
  });
});

describe("tables", () => {
  const eventTypes = new Set([...typesOf(agentEventSchema), ...typesOf(runtimeEventSchema), ...hubEventTypes()]);

  it.each([...eventTypes])("name the event %s", (type) => {
    expect(section("## Events")).toContain(`\`${type}\``);
  });

  it.each(errorCodeSchema.options)("name the error %s", (code) => {
    expect(section("## Error codes")).toContain(`\`${code}\``);
  });

  it.each(Object.entries(CLOSE))("name the close code %s with its number", (name, { code }) => {
    expect(section("## Close codes")).toMatch(new RegExp(`\\| \`${name}\` \\| ${code} \\|`));
  });

  it.each(Object.keys(limits))("name the limit %s", (name) => {
    expect(section("## Limits")).toContain(`\`${name}\``);
  });

  it.each(commandKindSchema.options)("name the command %s", (kind) => {
    expect(runtime).toContain(`\`${kind}\``);
  });

  it("name the version", () => {
    expect(section("## Versions")).toContain(`\`PROTOCOL_VERSION\` is ${PROTOCOL_VERSION}.`);
  });
});

/** The members that only the hub records: the right side of the intersection that a stored event is. */
function hubEventTypes(): string[] {
  const { def } = sessionEventSchema as unknown as { def: { right: z.ZodType } };
  return typesOf(def.right);
}
