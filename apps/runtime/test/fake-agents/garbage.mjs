#!/usr/bin/env node
/** Says bytes that are neither text nor a protocol, then a clean word. */
import { serve } from "./agent.mjs";

serve(async (_message, agent) => {
  const bytes = Buffer.alloc(65_536);
  for (let at = 0, seed = 1; at < bytes.length; at += 1) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    bytes[at] = seed >> 16;
  }
  await agent.raw(bytes);
  await agent.write("\nclean\n");
});
