/** Writes docs/configuration.md from the config schemas, so that the tables can never say something else than the program does. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ACP_PRESETS, acpPreset, hubConfigSchema, runtimeConfigSchema } from "@fairlead/protocol";
import { z } from "zod";

interface Node {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly additionalProperties?: unknown;
}

const root = join(import.meta.dirname, "..");
const target = join(root, "docs/configuration.md");

function typeOf(node: Node): string {
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (node.anyOf !== undefined) return [...new Set(node.anyOf.map(typeOf))].join(" or ");
  if (node.type === "array") return node.items?.properties === undefined ? `list of ${typeOf(node.items ?? {})}` : "list";
  if (node.type === "object" && node.properties === undefined) return "map";
  return Array.isArray(node.type) ? node.type.join(" or ") : String(node.type ?? "any");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function fallback(node: Node, required: boolean): string {
  if (node.properties !== undefined || node.items?.properties !== undefined) return "";
  if (node.default !== undefined) return `\`${JSON.stringify(node.default)}\``;
  return required ? "required" : "";
}

/** A preset has the keys of `acp`; its row tells only what differs. */
function presetMeaning(name: (typeof ACP_PRESETS)[number]): string {
  const { title, command, args } = acpPreset(name);
  return `${title}: \`${[command, ...args].join(" ")}\` with the settings that make it ask.`;
}

function rows(node: Node, path: string): string[] {
  const required = new Set(node.required ?? []);
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const name = path === "" ? key : `${path}.${key}`;
    const preset = ACP_PRESETS.find((candidate) => candidate === key);
    if (preset !== undefined) return `| \`${name}\` | the keys of \`acp\` |  | ${cell(presetMeaning(preset))} |`;
    if (child.properties !== undefined) return rows(child, name);
    const row = `| \`${name}\` | ${cell(typeOf(child))} | ${cell(fallback(child, required.has(key)))} | ${cell(child.description ?? "")} |`;
    return child.items?.properties === undefined ? [row] : [row, ...rows(child.items, `${name}[]`)];
  });
}

function table(schema: z.ZodType): string {
  const node = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Node;
  return ["| key | type | default | meaning |", "| --- | --- | --- | --- |", ...rows(node, "")].join("\n");
}

/** The whole page. */
export function configurationPage(): string {
  return `# Configuration

<!-- Written by \`npm run docs\` from packages/protocol/src/{hub,runtime}-config.ts; edit those. -->

Both programs read one JSON file, named by \`-config FILE\`, \`--config FILE\`, \`-c FILE\` or as the only argument. An unknown key
is an error that names the nearest known one. Durations are written \`30s\`, \`5m\`, \`1h30m\` or as a number of seconds; sizes as a
number of bytes or \`10MB\`, \`512KiB\`.

\`fairlead-runtime check -config FILE\` prints what the runtime made of its file, secrets hidden, and says for each endpoint
whether its command exists on this machine.

## The hub

Secrets may come from the environment instead of the file: \`FAIRLEAD_JWT_SECRET\`, \`FAIRLEAD_DSN\`; \`FAIRLEAD_ADDR\` replaces
\`server.addr\`, \`PORT\` its port. A hub that would listen anywhere but on this machine's loopback refuses to start with a default password, a
default token or a weak secret, and says what to change.

${table(hubConfigSchema)}

## The runtime

\`--hq-url\`, \`--runner-id\` and \`--token\`, or \`HQ_URL\`, \`RUNNER_ID\` and \`RUNNER_TOKEN\` in the environment (also
\`FAIRLEAD_HUB_TOKEN\`), win over the file. With the address and the token but no file, a runtime offers a terminal with the user's login
shell; its id is then the host's name. Each endpoint has exactly one block that says what it runs: \`cli\`, \`job\`,
\`http\`, \`external\`, \`claude_code\`, \`codex\`, \`pi\`, \`acp\`, \`terminal\` or one of the known ACP agents. [adapters.md](adapters.md) tells what
each kind does.

${table(runtimeConfigSchema)}
`;
}

if (process.argv[1] === import.meta.filename) {
  const page = configurationPage();
  if (process.argv.includes("--check")) {
    if (readFileSync(target, "utf8") !== page) {
      console.error("docs/configuration.md is not what the schemas say: run `npm run docs`.");
      process.exit(1);
    }
  } else {
    writeFileSync(target, page);
  }
}
