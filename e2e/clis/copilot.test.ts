/** GitHub Copilot CLI, as an ACP agent. */
import { describeAgent } from "./describe-agent.ts";
import { installCli } from "./ready.ts";

describeAgent({
  name: "copilot",
  installed: await installCli("copilot"),
  block: ({ command, args, env }, work_dir) => ({ copilot: { command, args, env, work_dir } }),
  quirks: {
    tellsNewFiles: false,
    tellsOutput: true,
    steers: false,
    resumes: true,
    // Every failure is told as an answer.
    modelErrors: { "401": { says: /Error: / }, "429": { says: /Error: / }, "500": { says: /Error: / }, cut: { says: /Error: / } },
  },
});
