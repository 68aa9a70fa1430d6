#!/usr/bin/env node
/** Says as many numbered lines as it was told. */
import { serve } from "./agent.mjs";

serve(async (message, agent) => {
  for (let from = 1; from <= Number(message); from += 1_000) {
    let block = "";
    for (let number = from; number < from + 1_000 && number <= Number(message); number += 1) block += `line ${number} ${"x".repeat(60)}\n`;
    await agent.write(block);
  }
});
