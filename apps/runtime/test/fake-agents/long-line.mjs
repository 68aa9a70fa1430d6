#!/usr/bin/env node
/** Says one line of 10 MB, then a short one. */
import { serve } from "./agent.mjs";

serve(async (_message, agent) => {
  await agent.raw(Buffer.alloc(10_000_000, "x"));
  await agent.write("\nafter\n");
});
