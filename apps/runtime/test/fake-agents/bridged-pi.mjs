/** What pi-acp makes of pi's tools and of its extensions' questions: for the agent of `acp.mjs` when ACP_SETUP says `pi`. */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";

const KINDS = { bash: "execute", read: "read", edit: "edit", write: "edit" };

/** Starts "pi" as the bridge does; PI_ACP_PI_COMMAND must lead to a program that prints its arguments. Loads the gate that is among them. */
export async function startPi({ ask, update, deaf }) {
  const handlers = new Map();
  const said = execFileSync(process.env.PI_ACP_PI_COMMAND, ["--mode", "rpc", "--no-themes"], { encoding: "utf8" });
  const gate = / -e (\S+)$/.exec(said.trim())?.[1];
  async function dialog(method, fields) {
    const toolCall = {
      toolCallId: `pi-ui-${randomUUID()}`,
      title: fields.title,
      kind: "other",
      status: "pending",
      rawInput: { method, ...fields },
    };
    const options = (fields.options ?? ["Yes"]).map((name, index) => ({ optionId: `choice-${index}`, name, kind: "allow_once" }));
    const { result } = await ask("session/request_permission", { toolCall, options });
    return options.find(({ optionId }) => optionId === result?.outcome.optionId)?.name;
  }
  const context = { ui: { setStatus: () => undefined, select: (title, options) => dialog("select", { title, options }) } };
  if (!deaf) {
    const { default: load } = await import(gate);
    load({ on: (event, handler) => handlers.set(event, handler) });
    await handlers.get("session_start")?.({}, context);
  }
  let calls = 0;
  return {
    dialog,
    /** Calls a tool and tells what became of it. `ungated`: past the gate. */
    async call({ tool, input, ungated = false }) {
      calls += 1;
      const toolCallId = `call_${calls}`;
      const kind = KINDS[tool] ?? "other";
      const title = tool === "bash" ? input.command : tool;
      await update({ sessionUpdate: "tool_call", toolCallId, title, kind, status: "in_progress" });
      const verdict = ungated ? undefined : await handlers.get("tool_call")?.({ toolCallId, toolName: tool, input }, context);
      const text = verdict?.block ? verdict.reason : "done";
      const content = [{ type: "content", content: { type: "text", text } }];
      await update({ sessionUpdate: "tool_call_update", toolCallId, status: verdict?.block ? "failed" : "completed", content });
    },
  };
}
