/** pi, over its RPC mode. */
import { adoption } from "./adoption.ts";
import { describeAgent } from "./describe-agent.ts";
import { looksAt, PICTURES } from "./pictures.ts";
import { installCli } from "./ready.ts";

describeAgent({
  name: "pi",
  installed: await installCli("pi"),
  block: ({ command, args, env }, work_dir) => ({ pi: { command, args, env, work_dir } }),
  quirks: {
    tellsNewFiles: true,
    tellsOutput: true,
    steers: true,
    resumes: true,
    modelErrors: { "401": { fails: "auth" }, "429": { fails: "rate_limit" }, "500": { fails: "http" }, cut: { fails: "http" } },
  },
  own: [...PICTURES, looksAt("read", "path"), adoption((prompt) => ["--print", prompt])],
});
