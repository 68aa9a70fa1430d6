/** Makes the Postgres schema and both Prisma clients from prisma/schema.prisma; does nothing when nothing changed. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, "prisma", "schema.prisma");
const derived = join(root, "prisma", "postgres", "schema.prisma");
const generated = join(root, "apps", "hub", "generated");
const stampFile = join(generated, "stamp");
const lockFile = join(generated, "lock");

/** The Postgres schema that belongs to a SQLite schema: another provider and another output, nothing else. */
export function postgresSchema(sqliteSchema) {
  const body = sqliteSchema
    .replace(/^(?:\/\/ [^\n]*\n)+/, "// Made from prisma/schema.prisma by scripts/generate.mjs. Do not edit.\n")
    .replace('provider = "sqlite"', 'provider = "postgresql"')
    .replace('"../apps/hub/generated/sqlite"', '"../../apps/hub/generated/postgres"');
  if (!body.includes('"postgresql"') || !body.includes("generated/postgres"))
    throw new Error("prisma/schema.prisma lost its provider or output line");
  return body;
}

function packageVersion(name) {
  return JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;
}

function generate(cli, schema) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, "generate", "--schema", schema], {
      cwd: root,
      env: {
        ...process.env,
        // Prisma wants to download its schema engine before any command, though generating never runs it.
        PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: "1",
        CHECKPOINT_DISABLE: "1",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      output += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`prisma generate failed for ${schema}:\n${output}`))));
  });
}

function isUpToDate(stamp) {
  const complete = ["sqlite", "postgres"].every((name) => existsSync(join(generated, name, "client.ts")));
  return complete && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Generating takes seconds: a lock of a dead process, or one much older, protects nothing. */
function isAbandoned() {
  try {
    const owner = Number(readFileSync(lockFile, "utf8"));
    return (owner > 0 && !isAlive(owner)) || Date.now() - statSync(lockFile).mtimeMs > 60_000;
  } catch (error) {
    if (error.code === "ENOENT") return false;
    throw error;
  }
}

/** Lets one process at a time generate; a lock whose owner is gone is taken over. */
async function locked(work) {
  mkdirSync(generated, { recursive: true });
  for (;;) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      if (isAbandoned()) rmSync(lockFile, { force: true });
      else await pause(50);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

/** Brings the derived schema and both clients up to date. Resolves with whether anything had to be made. */
export async function generateClients() {
  const sqlite = readFileSync(sources, "utf8");
  const postgres = postgresSchema(sqlite);
  const script = readFileSync(fileURLToPath(import.meta.url), "utf8");
  const inputs = [sqlite, postgres, packageVersion("prisma"), packageVersion("@prisma/client"), script];
  const stamp = createHash("sha256").update(inputs.join("\0")).digest("hex");
  if (!existsSync(derived) || readFileSync(derived, "utf8") !== postgres) {
    mkdirSync(dirname(derived), { recursive: true });
    writeFileSync(derived, postgres);
  }
  if (isUpToDate(stamp)) return false;
  return await locked(async () => {
    if (isUpToDate(stamp)) return false;
    const cli = createRequire(join(root, "package.json")).resolve("prisma/build/index.js");
    rmSync(stampFile, { force: true });
    await Promise.all([generate(cli, sources), generate(cli, derived)]);
    writeFileSync(stampFile, stamp);
    return true;
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const started = Date.now();
  const made = await generateClients();
  console.log(made ? `generated the database clients in ${Date.now() - started} ms` : "database clients are up to date");
}
