/** Codex, over its app server. */
import { adoption } from "./adoption.ts";
import { CODEX_DECISIONS } from "./codex-decisions.ts";
import { describeAgent } from "./describe-agent.ts";
import { looksAt, PICTURES } from "./pictures.ts";
import { installCli } from "./ready.ts";

describeAgent({
  name: "codex",
  installed: await installCli("codex"),
  block: ({ command, args, env }, work_dir) => ({ codex: { command, args, env, work_dir } }),
  quirks: {
    tellsNewFiles: true,
    tellsOutput: true,
    steers: true,
    resumes: true,
    // Of a cut stream it says no more than "other".
    modelErrors: { "401": { fails: "auth" }, "429": { fails: "rate_limit" }, "500": { fails: "http" }, cut: { fails: "internal" } },
  },
  own: [...CODEX_DECISIONS, ...PICTURES, looksAt("view_image", "path"), adoption((prompt) => ["exec", "--skip-git-repo-check", prompt])],
});
