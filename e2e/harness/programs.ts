/** Bundles hub and runtime from source once per test process: a bundle starts in a third of the time that tsx takes. */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
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
  const parent = join(ROOT, "e2e", "dist");
  const folder = join(parent, `harness-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  sweep(parent);
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

/** Removes the bundles of test processes that were killed. */
function sweep(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = Number(/^harness-(\d+)$/.exec(name)?.[1]);
    if (Number.isInteger(pid) && !isRunning(pid)) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
