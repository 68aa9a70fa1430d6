/** OpenCode, as an ACP agent. */
import { describeAgent } from "./describe-agent.ts";
import { installCli } from "./ready.ts";

describeAgent({
  name: "opencode",
  installed: await installCli("opencode"),
  block: ({ command, args, env }, work_dir) => ({ opencode: { command, args, env, work_dir } }),
  quirks: {
    tellsNewFiles: false,
    showsNewFiles: false,
    tellsOutput: true,
    looksElsewhere: true,
    steers: false,
    resumes: true,
  },
  brief: true,
});
