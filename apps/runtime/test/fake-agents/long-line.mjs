#!/usr/bin/env node
/** Says one line of as many bytes as the message says, then a short one. */
import { serve } from "./agent.mjs";

serve(async (message, agent) => {
  await agent.raw(Buffer.alloc(Number(message), "x"));
  await agent.write("\nafter\n");
});
