/** Bundles the runtime into one file; only terminals need a package beside it. */
import { chmod } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL(".", import.meta.url));

await build({
  absWorkingDir: root,
  entryPoints: ["src/main.ts"],
  outfile: "dist/runtime.mjs",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  minify: true,
  keepNames: true,
  sourcemap: "linked",
  legalComments: "none",
  // Optional native helpers of ws; it works without them. node-pty brings a native module and is loaded when a terminal may be opened.
  external: ["bufferutil", "utf-8-validate", "@lydell/node-pty"],
  // Some dependencies are CommonJS and call require for Node's own modules.
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
});
await chmod(new URL("dist/runtime.mjs", import.meta.url), 0o755);
