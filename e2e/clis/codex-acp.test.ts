/** The bridge that makes an ACP agent of Codex. */
import { describeAgent } from "./describe-agent.ts";
import { installCli } from "./ready.ts";

describeAgent({
  name: "codex-acp",
  installed: await installCli("codex-acp"),
  block: ({ command, args, env }, work_dir) => ({ codex_acp: { command, args, env, work_dir } }),
  quirks: {
    tellsNewFiles: true,
    tellsOutput: true,
    runsUnasked: true,
    steers: false,
    resumes: true,
  },
  brief: true,
});
