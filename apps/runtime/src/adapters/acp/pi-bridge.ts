/** A bridge that drives pi: its pi is started with the gate, and the gate's questions are read out of what the bridge makes of them. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { AdapterHost } from "../contract.ts";
import { type GateContext, gateApproval } from "../pi-approval.ts";
import { ALLOW, DENY, type GateQuestion, readGateQuestion, unaskedTools, writeGate } from "../pi-gate.ts";
import { previewOf } from "../pi-preview.ts";
import { kindOf, type Place, titleOf } from "../pi-tools.ts";
import type { Permission } from "./permissions.ts";
import type { EndpointSettings } from "./settings.ts";
import { type NativeToolCall, type NativeUpdate, type PermissionRequest, toolCallSchema } from "./wire.ts";

/** What of pi's own asks, as in the `pi` block unless that says otherwise. Tools that are not pi's own ask in any case. */
const ASK = ["bash", "write", "edit"];
/** Calls of a turn that are remembered. */
const MAX_CALLS = 5_000;
export const NO_GATE = "pi did not load the permission gate, so it was given no work: nothing may run unasked.";

/** What the bridge makes of a dialog of an extension. */
const dialogSchema = z.looseObject({ method: z.enum(["select", "confirm"]), title: z.string().catch("") });
const DIALOG_ID = /^pi-ui-/;

export interface PiBridge {
  /** Added to the bridge's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether its pi has loaded the gate. */
  isGated(): boolean;
  beginTurn(): void;
  /** The gate's question; undefined: somebody else asks. */
  questionOf(request: PermissionRequest): GateQuestion | undefined;
  /** The call that the question is about, as the bridge would tell it if it told all; undefined when it has no usable id. */
  callOf(question: GateQuestion): NativeToolCall | undefined;
  /** Undefined when the question cannot be shown. */
  permissionOf(question: GateQuestion, request: PermissionRequest, callId: string | undefined): Permission | undefined;
  /** A person has allowed the call. */
  allow(question: GateQuestion): void;
  /** The name of a tool that has run without a question although it must ask: the gate is gone, or was fooled. */
  ranUnasked(update: NativeUpdate): string | undefined;
  /** Called when its pi is gone. Never rejects. */
  remove(): Promise<void>;
}

/** Whether an extension of pi asks something of its own, which is about no call. */
export function isDialog({ toolCall }: PermissionRequest): boolean {
  return DIALOG_ID.test(toolCall.toolCallId) && dialogSchema.safeParse(toolCall.rawInput).success;
}

/** Rejects when the gate cannot be written. */
export async function openPiBridge(
  { pi, config }: Pick<EndpointSettings, "config"> & { readonly pi: NonNullable<EndpointSettings["pi"]> },
  host: AdapterHost,
  cwd: string,
): Promise<PiBridge> {
  const secret = randomUUID();
  const unasked = unaskedTools(ASK);
  const place: Place = { cwd, home: config.env.HOME ?? host.processes.workDir({}) };
  const gate = await writeGate(host.scratch_dir, { secret, unasked }, pi.command);
  const allowed = new Set<string>();
  /** The tools of the turn's calls, by the bridge's ids. */
  const tools = new Map<string, string>();

  return {
    env: { [pi.variable]: gate.launcher },
    isGated: gate.isLoaded,
    beginTurn() {
      allowed.clear();
      tools.clear();
    },
    questionOf({ toolCall }) {
      const dialog = dialogSchema.safeParse(toolCall.rawInput).data;
      return dialog === undefined ? undefined : readGateQuestion(dialog, secret);
    },
    callOf({ toolCallId, toolName, input }) {
      const call = { toolCallId, name: toolName, title: titleOf(toolName, input), kind: kindOf(toolName), rawInput: input };
      return toolCallSchema.safeParse(call).data;
    },
    permissionOf(question, { options = [] }, tool_call_id) {
      const context: GateContext = { place, tool_call_id, preview: (tool, input) => previewOf(tool, input, place) };
      const event = gateApproval(question, context);
      // The bridge calls every answer of a `select` a permission; what the gate means by it is its name.
      const named = (wanted: string) => options.find(({ name }) => name === wanted)?.optionId;
      const choices = new Map([
        ["allow", { option_id: named(ALLOW), allows: true }],
        ["deny", { option_id: named(DENY), allows: false }],
      ]);
      return event === undefined ? undefined : { event, choices, changes: [] };
    },
    allow: ({ toolCallId }) => void allowed.add(toolCallId),
    ranUnasked(update) {
      const isCall = update.sessionUpdate === "tool_call" || update.sessionUpdate === "tool_call_update";
      const call = isCall ? toolCallSchema.safeParse(update).data : undefined;
      if (call === undefined) return undefined;
      const { toolCallId, title = "", kind } = call;
      // It titles a command by its text and every other call by its tool.
      if (update.sessionUpdate === "tool_call" && tools.size < MAX_CALLS) tools.set(toolCallId, kind === "execute" ? "bash" : title);
      if (!hasRun(call)) return undefined;
      const tool = tools.get(toolCallId) ?? "a tool";
      return unasked.has(tool) || allowed.has(toolCallId) ? undefined : tool;
    },
    remove: gate.remove,
  };
}

/** Whether what is told of a call proves that it was not blocked: a call that is blocked fails, without a word before. */
function hasRun({ status, rawOutput, _meta }: NativeToolCall): boolean {
  return status === "completed" || (status === "in_progress" && (rawOutput !== undefined || _meta?.terminal_output !== undefined));
}
