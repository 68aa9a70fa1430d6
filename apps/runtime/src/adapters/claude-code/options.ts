/** What can be set in Claude Code from a session, its permission mode and its model, and the commands it knows. */
import type { AgentEvent, ClaudeCodeConfig, ConfigOption, SlashCommand } from "@fairlead/protocol";
import { clipText, safeText } from "../../process/text.ts";
import type { Initialized } from "./wire.ts";

export const MODE = "permission_mode";
export const MODEL = "model";
const DEFAULT_MODEL = "default";
const BYPASS = "bypassPermissions";
const MAX_VALUES = 200;
const MAX_ID = 200;

const MODES = [
  { id: "default", name: "Ask", description: "Asks before it changes files or runs commands." },
  { id: "acceptEdits", name: "Accept edits", description: "Changes files in its folder without asking; asks for other things." },
  { id: "plan", name: "Plan", description: "Makes a plan first and changes nothing until that is approved." },
];
const NEVER_ASK = { id: BYPASS, name: "Never ask", description: "Does everything without asking." };

/** The mode of the config file in Claude Code's words. Its own `auto` lets a model decide and is never meant by ours. */
export function modeOf(config: ClaudeCodeConfig): string {
  switch (config.permission_mode) {
    case "default":
    case "strict":
    case "auto":
      return "default";
    case "acceptEdits":
    case "plan":
      return config.permission_mode;
    case "bypassPermissions":
    case "skip":
    case "dangerously-skip-permissions":
      return BYPASS;
  }
}

/** The modes that people may choose: never asking only where the config file says so. */
function modesOf(config: ClaudeCodeConfig) {
  return modeOf(config) === BYPASS ? [...MODES, NEVER_ASK] : MODES;
}

export interface AgentOptions {
  /** What a process is started with. */
  mode(): string;
  /** Undefined: Claude Code's own choice. */
  model(): string | undefined;
  /** Throws an Error for people when there is no such option or value. */
  check(optionId: string, valueId: string): void;
  /** It holds now. */
  chosen(optionId: string, valueId: string): AgentEvent[];
  /** Claude Code has told what it offers. */
  offered(initialized: Initialized): AgentEvent[];
  /** Claude Code has told its mode. `isRefused`: it is one that nobody may choose here. */
  reported(mode: string): { readonly isRefused: boolean; readonly events: AgentEvent[] };
}

export function createOptions(config: ClaudeCodeConfig, settings: Readonly<Record<string, string>>): AgentOptions {
  const modes = modesOf(config);
  const wantedMode = settings[MODE];
  let mode = modes.some(({ id }) => id === wantedMode) && wantedMode !== undefined ? wantedMode : modeOf(config);
  let model = settings[MODEL] ?? config.model ?? DEFAULT_MODEL;
  let models: ConfigOption["values"] = [];
  let told = "";

  function describe(): ConfigOption[] {
    const values = models.some(({ id }) => id === model)
      ? models
      : [{ id: clipText(model, MAX_ID), name: clipText(model, 200) }, ...models];
    return [
      { id: MODE, name: "Permissions", category: "mode", current: mode, values: [...modes] },
      { id: MODEL, name: "Model", category: "model", current: clipText(model, MAX_ID), values: values.slice(0, MAX_VALUES) },
    ];
  }

  /** Nothing when all is as it was told. */
  function changes(): AgentEvent[] {
    const options = describe();
    const now = JSON.stringify(options);
    if (now === told) return [];
    told = now;
    return [{ type: "config.updated", options }];
  }

  return {
    mode: () => mode,
    model: () => (model === DEFAULT_MODEL ? undefined : model),
    check(optionId, valueId) {
      const values = describe().find(({ id }) => id === optionId)?.values;
      if (values?.some(({ id }) => id === valueId)) {
        // What holds then is told in any case.
        told = "";
        return;
      }
      throw new Error(`Claude Code has no such setting here: ${optionId.slice(0, 128)} = ${valueId.slice(0, MAX_ID)}.`);
    },
    chosen(optionId, valueId) {
      if (optionId === MODE) mode = valueId;
      else model = valueId;
      return changes();
    },
    offered({ models: found = [], commands = [] }) {
      models = found
        .filter(({ value }) => value !== "" && value.length <= MAX_ID)
        .slice(0, MAX_VALUES)
        .map(({ value, displayName, description }) => ({
          id: safeText(value),
          name: clipText(safeText(displayName ?? value), 200),
          ...(description === undefined ? {} : { description: clipText(safeText(description), 1_000) }),
        }));
      return [{ type: "commands.updated", commands: commands.slice(0, 200).flatMap(slashCommand) }, ...changes()];
    },
    reported(nativeMode) {
      // The command line's newer name for it.
      const reportedMode = nativeMode === "manual" ? "default" : nativeMode;
      if (!modes.some(({ id }) => id === reportedMode)) return { isRefused: true, events: [] };
      mode = reportedMode;
      return { isRefused: false, events: changes() };
    },
  };
}

type NativeCommand = NonNullable<Initialized["commands"]>[number];

function slashCommand({ name, description = "", argumentHint = "" }: NativeCommand): SlashCommand[] {
  if (name === "") return [];
  const hint = clipText(safeText(argumentHint), 200);
  return [{ name: clipText(safeText(name), 200), description: clipText(safeText(description), 500), ...(hint === "" ? {} : { hint }) }];
}
