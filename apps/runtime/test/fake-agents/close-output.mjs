#!/usr/bin/env node
/** Closes its output and lives on. */
import { serve } from "./agent.mjs";

serve(async (_message, agent) => {
  await agent.write("closing\n");
  agent.closeOutput();
  await new Promise((resolve) => setTimeout(resolve, 600_000));
});
