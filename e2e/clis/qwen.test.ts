/** Qwen Code, as an ACP agent. */
import { describeAgent } from "./describe-agent.ts";
import { installCli } from "./ready.ts";

describeAgent({
  name: "qwen",
  installed: await installCli("qwen"),
  block: ({ command, args, env }, work_dir) => ({ qwen: { command, args, env, work_dir } }),
  quirks: {
    tellsNewFiles: false,
    tellsOutput: true,
    steers: false,
    resumes: true,
  },
  brief: true,
});
