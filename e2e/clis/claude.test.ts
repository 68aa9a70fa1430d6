/** Claude Code, over its stream-json interface. */
import { adoption } from "./adoption.ts";
import { CLAUDE_SUB_AGENTS } from "./claude-sub-agents.ts";
import { describeAgent } from "./describe-agent.ts";
import { looksAt, PICTURES } from "./pictures.ts";
import { installCli } from "./ready.ts";

describeAgent({
  name: "claude",
  installed: await installCli("claude"),
  block: ({ command, args, env }, work_dir) => ({ claude_code: { command, args, env, work_dir } }),
  quirks: {
    tellsNewFiles: true,
    tellsOutput: true,
    steers: true,
    resumes: true,
    modelErrors: { "401": { fails: "auth" }, "429": { fails: "rate_limit" }, "500": { fails: "http" }, cut: { fails: "http" } },
  },
  own: [...CLAUDE_SUB_AGENTS, ...PICTURES, looksAt("Read", "file_path"), adoption((prompt) => ["--print", prompt])],
});
