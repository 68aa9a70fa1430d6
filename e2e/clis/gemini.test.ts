/** Gemini CLI, as an ACP agent. */
import { describeAgent } from "./describe-agent.ts";
import { installCli } from "./ready.ts";

describeAgent({
  name: "gemini",
  installed: await installCli("gemini"),
  block: ({ command, args, env }, work_dir) => ({ gemini: { command, args, env, work_dir } }),
  quirks: {
    tellsNewFiles: false,
    tellsOutput: false,
    steers: false,
    resumes: false,
    modelErrors: { "401": { fails: "auth" }, "429": "only when it is stopped", "500": "only when it is stopped", cut: { fails: "http" } },
  },
});
