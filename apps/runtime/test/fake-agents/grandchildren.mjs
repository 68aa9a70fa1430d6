#!/usr/bin/env node
/** Starts children of its own, one of which ignores signals, and leaves them behind. */
import { spawn } from "node:child_process";
import { serve } from "./agent.mjs";

serve(async (_message, agent) => {
  spawn("sleep", ["600"], { stdio: ["ignore", "inherit", "inherit"] }).unref();
  const stubborn = spawn("sh", ["-c", "trap '' INT TERM; echo ready >&3; while :; do sleep 1; done"], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  await new Promise((resolve) => stubborn.stdio[3].once("data", resolve));
  stubborn.stdio[3].destroy();
  stubborn.unref();
  await agent.write("two children\n");
});
