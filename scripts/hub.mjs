/** `npm run hub -- -config FILE`: the hub alone, from the built tree; this process becomes its parent and passes signals on. */
import { runBuilt } from "./run-built.mjs";

await runBuilt("apps/hub/dist/server.mjs");
