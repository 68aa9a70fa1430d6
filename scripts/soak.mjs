/**
 * `npm run soak [-- SEEDS [FIRST]]`: the conversation in which hub, runtime and agents are killed and links cut at moments that
 * a seed chooses; 200 seeds from 1 unless said otherwise. SOAK_KEEP=DIR keeps the disks of both sides of a failed run.
 */
import process from "node:process";
import { bin, ensureInstalled, must, run, STEP_ENV } from "./steps.mjs";

const [seeds = "200", first = "1"] = process.argv.slice(2);
await ensureInstalled();
await must("Generating the database clients", process.execPath, ["scripts/generate.mjs"]);
const env = { ...STEP_ENV, SOAK_SEEDS: seeds, SOAK_FROM: first };
process.exit(await run(bin("vitest"), ["run", "e2e/soak/soak.test.ts", "--reporter=verbose"], { env }));
