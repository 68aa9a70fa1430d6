#!/usr/bin/env node
/** Will not be stopped by anything but KILL, and goes on talking. */
import { setTimeout as delay } from "node:timers/promises";
import { serve } from "./agent.mjs";

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);
setInterval(() => undefined, 1_000);
serve(async (_message, agent) => {
  for (let count = 1; ; count += 1) {
    await agent.write(`still here ${count}\n`);
    await delay(20);
  }
});
