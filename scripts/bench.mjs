/** `npm run bench [-- part …]`: round-trip, flood, neighbour, viewers, memory, agents, terminals, fold, append. */
import { ensureBuilt, ensureInstalled, run } from "./steps.mjs";

await ensureInstalled();
await ensureBuilt();
process.exit(await run(process.execPath, ["--import", "tsx", "e2e/bench/bench.ts", ...process.argv.slice(2)]));
