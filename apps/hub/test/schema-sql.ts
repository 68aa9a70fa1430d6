/** Asks Prisma's schema engine (WebAssembly, in this process) for the SQL that makes an empty database match a schema file. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";

interface WasmExports {
  __wbindgen_start(): void;
}

let ready = false;

/** Node 20 cannot import .wasm files, so the module is put together by hand. */
function start(): void {
  if (ready) return;
  const require = createRequire(import.meta.url);
  const file = require.resolve("@prisma/schema-engine-wasm/schema_engine_bg").replace(/\.js$/, ".wasm");
  const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {
    "./schema_engine_bg.js": bindings as unknown as WebAssembly.ModuleImports,
  });
  const { __wbg_set_wasm } = bindings as unknown as { __wbg_set_wasm(wasm: unknown): void };
  __wbg_set_wasm(instance.exports);
  (instance.exports as unknown as WasmExports).__wbindgen_start();
  ready = true;
}

/** The complete SQL of a schema file, as `prisma migrate diff --from-empty` would print it. For Postgres it looks at a server first. */
export async function schemaSql(dialect: "sqlite" | "postgres", path: string, dsn = ":memory:"): Promise<string> {
  start();
  const file = { path, content: readFileSync(path, "utf8") };
  const adapter = dialect === "sqlite" ? new PrismaBetterSqlite3({ url: dsn }) : new PrismaPg({ connectionString: dsn });
  const engine = await bindings.SchemaEngine.new(
    { datamodels: [[file.path, file.content]] },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(adapter),
  );
  const result = await engine.diff({
    from: { tag: "empty" },
    to: { tag: "schemaDatamodel", files: [file] },
    script: true,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  return result.stdout ?? "";
}
