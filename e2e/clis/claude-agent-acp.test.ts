/** The bridge that makes an ACP agent of Claude Code. */
import { describeAgent } from "./describe-agent.ts";
import { installCli } from "./ready.ts";

describeAgent({
  name: "claude-agent-acp",
  installed: await installCli("claude-agent-acp"),
  block: ({ command, args, env }, work_dir) => ({ claude_agent_acp: { command, args, env, work_dir } }),
  quirks: {
    tellsNewFiles: true,
    tellsOutput: true,
    steers: false,
    resumes: true,
  },
  brief: true,
});
