/** Builds the hub: database clients, the web app, and the server as one file with only Next and the database drivers beside it. */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" };

function must(args) {
  const { status, error } = spawnSync(process.execPath, args, { cwd: here, env, stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

must([join(root, "scripts/generate.mjs")]);

await build({
  entryPoints: [join(here, "server.ts")],
  outfile: join(here, "dist/server.mjs"),
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: true,
  // Native addons and what finds its own files by their place on disk stay outside.
  external: ["next", "better-sqlite3", "pg", "pg-native", "@node-rs/argon2", "@prisma/client", "@prisma/client/*", "@prisma/adapter-*"],
  // CommonJS packages inside the bundle ask for Node's own modules with require.
  banner: { js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);" },
  logLevel: "warning",
});

const next = join(dirname(createRequire(import.meta.url).resolve("next/package.json")), "dist/bin/next");
must([next, "build", "--turbopack"]);
