/** Bundles hub and runtime from source once per test process: a bundle starts in a third of the time that tsx takes. */
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface Programs {
  readonly hub: string;
  readonly runtime: string;
  /** To be loaded before one of the others where time shall pass faster. */
  readonly clock: string;
}

let built: Promise<Programs> | undefined;

/** The programs as files. They lie inside the repository, so that native packages are found from them. */
export function programs(): Promise<Programs> {
  built ??= bundle();
  return built;
}

async function bundle(): Promise<Programs> {
  const folder = join(ROOT, "e2e", "dist", `harness-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const one = async (name: string, entry: string) => {
    const outfile = join(folder, `${name}.mjs`);
    await build({
      entryPoints: [join(ROOT, entry)],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      sourcemap: true,
      external: ["next", "better-sqlite3", "pg", "pg-native", "@node-rs/argon2", "@prisma/client", "@prisma/client/*", "@prisma/adapter-*"],
      banner: { js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);" },
      logLevel: "warning",
    });
    return outfile;
  };
  const [hub, runtime, clock] = await Promise.all([
    one("hub", "e2e/harness/hub-process.ts"),
    one("runtime", "apps/runtime/src/main.ts"),
    one("clock", "e2e/harness/fast-clock.ts"),
  ]);
  return { hub, runtime, clock };
}
