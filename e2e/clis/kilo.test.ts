/** Kilo Code, as an ACP agent. */
import { describeAgent } from "./describe-agent.ts";
import { installCli } from "./ready.ts";

describeAgent({
  name: "kilo",
  installed: await installCli("kilo"),
  block: ({ command, args, env }, work_dir) => ({ kilo: { command, args, env, work_dir } }),
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
