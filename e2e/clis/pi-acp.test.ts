/** The bridge that makes an ACP agent of pi. */
import { describeAgent } from "./describe-agent.ts";
import { installCli } from "./ready.ts";

describeAgent({
  name: "pi-acp",
  installed: await installCli("pi-acp"),
  block: ({ command, args, env }, work_dir) => ({ pi_acp: { command, args, env, work_dir } }),
  quirks: {
    tellsNewFiles: true,
    tellsOutput: true,
    asksBeside: true,
    steers: false,
    resumes: true,
  },
  brief: true,
});
