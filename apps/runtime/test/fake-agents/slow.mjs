#!/usr/bin/env node
/** Counts for ever; a stop makes it end its turn as a polite agent does. */
import { setTimeout as delay } from "node:timers/promises";
import { serve } from "./agent.mjs";

let isStopped = false;
serve(
  async (_message, agent) => {
    isStopped = false;
    for (let count = 1; !isStopped; count += 1) {
      await agent.write(`count ${count}\n`);
      await delay(20);
    }
  },
  {
    stop: () => {
      isStopped = true;
    },
  },
);
