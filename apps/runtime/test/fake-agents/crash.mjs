#!/usr/bin/env node
/** Dies in the middle of its answer when told "crash", else says what it was told. */
import { serve } from "./agent.mjs";

serve(async (message, agent) => {
  if (message.trim() !== "crash") return await agent.write(`echo: ${message}\n`);
  await agent.write("last words\n");
  agent.crash();
});
