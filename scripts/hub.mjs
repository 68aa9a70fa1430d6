/** `npm run hub -- -config FILE`: the hub alone, from the built tree. */
import { runBuilt } from "./run-built.mjs";

await runBuilt("apps/hub/dist/server.mjs");
