/** GitHub Copilot CLI, as an ACP agent. */
import { describeAgent } from "./describe-agent.ts";
import { installCli } from "./ready.ts";

describeAgent({
  name: "copilot",
  installed: await installCli("copilot"),
  block: ({ command, args, env }, work_dir) => ({ copilot: { command, args, env, work_dir } }),
  quirks: {
    rejected: "the turn ends",
    steers: false,
    resumes: true,
    modelErrors: { "401": { fails: "auth" }, "429": { fails: "rate_limit" }, "500": { fails: "http" }, cut: { fails: "http" } },
  },
});
