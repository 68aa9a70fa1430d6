/** What can be set in pi from a session: its model and how much it thinks. */
import type { AgentEvent, ConfigOption, SlashCommand } from "@fairlead/protocol";
import { clipText, safeText } from "../../process/text.ts";
import type { Calls } from "./calls.ts";
import { type AgentState, commandsSchema, type Model, modelsSchema, stateSchema } from "./wire.ts";

const MODEL = "model";
const THINKING = "thinking";
const LEVELS = ["off", "minimal", "low", "medium", "high", "xhigh"];
const MAX_VALUES = 200;
const MAX_ID = 200;

/** How long pi may take to answer (ms). */
export const ANSWER_LIMIT_MS = 60_000;

export interface AgentOptions {
  /** Asks pi what can be chosen. Never rejects: what pi does not tell is left out. */
  load(): Promise<void>;
  /** All of it as events. */
  describe(): AgentEvent[];
  /** Sets one and tells all. Rejects with an Error for people. */
  set(optionId: string, valueId: string): Promise<AgentEvent>;
  /** The newest state; a change of the options in it is told. */
  take(state: AgentState): AgentEvent[];
  contextSize(): number | undefined;
}

export function createAgentOptions(calls: Calls, first: AgentState): AgentOptions {
  let state = first;
  let models: readonly Model[] = [];
  let commands: readonly SlashCommand[] = [];
  let told = "";

  function event(): AgentEvent {
    const options = [modelOption(state, models), thinkingOption(state)].filter((option) => option !== undefined);
    told = JSON.stringify(options);
    return { type: "config.updated", options };
  }

  async function ask<T>(type: string, schema: { parse(data: unknown): T }): Promise<T> {
    return schema.parse(await calls.send({ type }, ANSWER_LIMIT_MS));
  }

  return {
    async load() {
      const [offered, found] = await Promise.all([
        ask("get_available_models", modelsSchema).catch(() => ({ models: [] })),
        ask("get_commands", commandsSchema).catch(() => ({ commands: [] })),
      ]);
      models = offered.models;
      commands = slashCommands(found.commands);
    },
    describe: () => [event(), { type: "commands.updated", commands: [...commands] }],
    async set(optionId, valueId) {
      if (optionId === MODEL) {
        const model = models.find((one) => idOf(one) === valueId);
        if (model === undefined) throw new Error(`pi does not offer the model "${valueId.slice(0, MAX_ID)}".`);
        await calls.send({ type: "set_model", provider: model.provider, modelId: model.id }, ANSWER_LIMIT_MS);
      } else if (optionId === THINKING && LEVELS.includes(valueId)) {
        await calls.send({ type: "set_thinking_level", level: valueId }, ANSWER_LIMIT_MS);
      } else throw new Error(`pi has no such setting: ${optionId.slice(0, 128)} = ${valueId.slice(0, MAX_ID)}.`);
      state = await ask("get_state", stateSchema);
      return event();
    },
    take(fresh) {
      state = fresh;
      const before = told;
      const update = event();
      return before === "" || told === before ? [] : [update];
    },
    contextSize: () => state.model?.contextWindow,
  };
}

function idOf({ provider, id }: Model): string {
  return provider === "" ? id : `${provider}/${id}`;
}

function modelOption({ model }: AgentState, offered: readonly Model[]): ConfigOption | undefined {
  if (!model) return undefined;
  const all = [model, ...offered.filter((one) => idOf(one) !== idOf(model))].filter((one) => idOf(one).length <= MAX_ID);
  const values = all.slice(0, MAX_VALUES).map((one) => ({ id: idOf(one), name: clipText(safeText(one.name ?? one.id), 200) }));
  return { id: MODEL, name: "Model", category: "model", current: clipText(idOf(model), MAX_ID), values };
}

function thinkingOption({ model, thinkingLevel }: AgentState): ConfigOption | undefined {
  if (!model?.reasoning || thinkingLevel === undefined || thinkingLevel === "" || thinkingLevel.length > MAX_ID) return undefined;
  const levels = LEVELS.includes(thinkingLevel) ? LEVELS : [...LEVELS, thinkingLevel];
  const values = levels.map((level) => ({ id: level, name: level }));
  return { id: THINKING, name: "Thinking", category: "thought_level", current: thinkingLevel, values };
}

function slashCommands(commands: readonly { readonly name: string; readonly description?: string | undefined }[]): SlashCommand[] {
  return commands
    .slice(0, 200)
    .map(({ name, description }) => ({ name: clipText(safeText(name), 200), description: clipText(safeText(description ?? ""), 500) }));
}
