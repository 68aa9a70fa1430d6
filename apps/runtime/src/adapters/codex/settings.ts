/** What people may set in a Codex session: the model, how long it thinks, and when it asks. Applied with the next turn. */
import type { CodexConfig, ConfigOption } from "@fairlead/protocol";
import { clipText, safeText } from "../../process/text.ts";
import type { Model, ThreadOpened } from "./wire.ts";

const MAX_VALUES = 200;

type ApprovalMode = CodexConfig["approval_mode"];

const APPROVAL_MODES: readonly { readonly id: ApprovalMode; readonly name: string; readonly description: string }[] = [
  { id: "untrusted", name: "Ask for everything", description: "Asks for all that is not known to be safe." },
  { id: "on-request", name: "Ask to leave the sandbox", description: "Works in its sandbox and asks when it wants to leave it." },
  { id: "never", name: "Never ask", description: "Never asks; what its sandbox denies fails." },
];

export interface Settings {
  /** All options as they are now. Empty before the agent has told its own. */
  options(): ConfigOption[];
  /** What the agent told of a conversation and its models. */
  learn(opened: ThreadOpened, models: readonly Model[]): void;
  /** Rejects an unknown option or value with an Error for people. */
  choose(optionId: string, valueId: string): void;
  /** What a conversation is opened with. */
  opening(): { approvalPolicy: ApprovalMode; model?: string };
  /** What the next turn changes; `taken` is called when the agent has accepted it. */
  overrides(): { readonly params: Readonly<Record<string, string>>; taken(): void };
}

/** The keys of `turn/start` by option id. */
const TURN_KEYS = { model: "model", reasoning_effort: "effort", approval_mode: "approvalPolicy" } as const;
type OptionId = keyof typeof TURN_KEYS;

export function createSettings(config: CodexConfig, saved: Readonly<Record<string, string>>): Settings {
  const modes = APPROVAL_MODES.filter(({ id }) => id !== "never" || config.approval_mode === "never");
  const savedMode = modes.find(({ id }) => id === saved.approval_mode)?.id;
  /** What people want. */
  const chosen = new Map<OptionId, string>();
  /** What the agent has. */
  const held = new Map<OptionId, string>();
  let models: readonly Model[] = [];
  if (savedMode !== undefined) chosen.set("approval_mode", savedMode);
  for (const id of ["model", "reasoning_effort"] as const) {
    const value = saved[id];
    if (value !== undefined && value !== "") chosen.set(id, value);
  }

  const current = (id: OptionId) => chosen.get(id) ?? held.get(id);
  const modelNow = () => models.find((model) => model.id === current("model") || model.model === current("model"));
  const valuesOfModels = () =>
    models
      .filter((model) => !model.hidden || model.id === current("model"))
      .map(({ id, displayName, description }) => ({
        id,
        name: clipText(safeText(displayName || id), 200),
        ...(description ? { description: clipText(safeText(description), 1_000) } : {}),
      }));

  function withCurrent<V extends { readonly id: string; readonly name: string }>(values: readonly V[], id: string) {
    const all = values.some((value) => value.id === id) ? values : [{ id, name: id }, ...values];
    return all.slice(0, MAX_VALUES);
  }

  function options(): ConfigOption[] {
    const list: ConfigOption[] = [];
    const model = current("model");
    if (model !== undefined) {
      list.push({ id: "model", name: "Model", category: "model", current: model, values: withCurrent(valuesOfModels(), model) });
    }
    const known = modelNow();
    const effort = current("reasoning_effort") ?? known?.defaultReasoningEffort ?? undefined;
    const efforts = (known?.supportedReasoningEfforts ?? []).map(({ reasoningEffort, description }) => ({
      id: reasoningEffort,
      name: reasoningEffort,
      ...(description ? { description: clipText(safeText(description), 1_000) } : {}),
    }));
    if (effort !== undefined && efforts.length > 0) {
      const values = withCurrent(efforts, effort);
      list.push({ id: "reasoning_effort", name: "Reasoning effort", category: "thought_level", current: effort, values });
    }
    const mode = current("approval_mode");
    if (mode !== undefined) {
      list.push({ id: "approval_mode", name: "Approvals", category: "mode", current: mode, values: withCurrent(modes, mode) });
    }
    return list;
  }

  function isOptionId(id: string): id is OptionId {
    return Object.hasOwn(TURN_KEYS, id);
  }

  return {
    options,
    learn(opened, list) {
      models = list;
      held.clear();
      if (opened.model) held.set("model", clipText(safeText(opened.model), 200));
      if (opened.reasoningEffort) held.set("reasoning_effort", clipText(safeText(opened.reasoningEffort), 200));
      if (typeof opened.approvalPolicy === "string") held.set("approval_mode", clipText(safeText(opened.approvalPolicy), 200));
    },
    choose(optionId, valueId) {
      const option = options().find(({ id }) => id === optionId);
      if (option === undefined || !isOptionId(optionId)) throw new Error(`Codex has no option "${optionId}" here.`);
      if (!option.values.some(({ id }) => id === valueId)) throw new Error(`"${valueId}" is no value of "${option.name}".`);
      chosen.set(optionId, valueId);
      if (optionId !== "model") return;
      const wanted = chosen.get("reasoning_effort") ?? held.get("reasoning_effort");
      const known = modelNow();
      const fits = known?.supportedReasoningEfforts.some(({ reasoningEffort }) => reasoningEffort === wanted);
      if (wanted !== undefined && fits === false && known?.defaultReasoningEffort)
        chosen.set("reasoning_effort", known.defaultReasoningEffort);
    },
    opening() {
      const model = chosen.get("model") ?? config.model;
      return { approvalPolicy: savedOr(chosen.get("approval_mode")), ...(model === undefined ? {} : { model }) };
    },
    overrides() {
      const changed = [...chosen].filter(([id, value]) => held.get(id) !== value);
      return {
        params: Object.fromEntries(changed.map(([id, value]) => [TURN_KEYS[id], value])),
        taken() {
          for (const [id, value] of changed) held.set(id, value);
        },
      };
    },
  };

  function savedOr(mode: string | undefined): ApprovalMode {
    return modes.find(({ id }) => id === mode)?.id ?? config.approval_mode;
  }
}
