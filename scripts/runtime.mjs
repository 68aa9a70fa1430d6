/** `npm run runtime -- -config FILE`: a runtime alone, from the built tree. */
import { runBuilt } from "./run-built.mjs";

await runBuilt("apps/runtime/dist/runtime.mjs");
