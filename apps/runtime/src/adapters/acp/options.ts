/** Three generations of session options — modes, models, config options — as one list, and how each is set. Pure. */
import type { AgentEvent, ConfigOption } from "@fairlead/protocol";
import { clipText, safeText } from "../../process/text.ts";
import type { NativeConfigOption, SessionSetup } from "./wire.ts";

const MAX_OPTIONS = 20;
const MAX_VALUES = 200;
const MAX_VALUE_CHARS = 200;

export interface SetRequest {
  readonly method: "session/set_mode" | "session/set_model" | "session/set_config_option";
  readonly params: Readonly<Partial<Record<"modeId" | "modelId" | "configId" | "type", string>>> & { readonly value?: string | boolean };
}

export interface SessionOptions {
  /** What a session began with, or an update or an answer that carries options; tells whether there were any. */
  take(setup: Partial<Pick<SessionSetup, "configOptions" | "modes" | "models">>): boolean;
  setMode(modeId: string): void;
  list(): ConfigOption[];
  event(): AgentEvent;
  /** The option of a category that has this value, if any; `current` when it holds already. */
  find(category: ConfigOption["category"], value: string): { readonly option: ConfigOption; readonly isCurrent: boolean } | undefined;
  /** How to set an option; undefined when the agent offers no such option or value. */
  request(optionId: string, valueId: string): SetRequest | undefined;
  /** The agent has done so. */
  settle(request: SetRequest): void;
}

type Values = ConfigOption["values"];

export function createOptions(): SessionOptions {
  let configs: readonly NativeConfigOption[] = [];
  let modes: SessionSetup["modes"];
  let models: SessionSetup["models"];

  /** The newest generation wins where an agent speaks several. */
  function list(): ConfigOption[] {
    const options = configs.flatMap((native) => fromConfig(native) ?? []);
    const covers = (category: string) => options.some((option) => option.category === category || option.id === category);
    if (!covers("mode")) {
      const values = (modes?.availableModes ?? []).map((mode) => ({ ...mode, id: mode.id }));
      options.unshift(...optionOf({ id: "mode", name: "Mode", category: "mode" }, modes?.currentModeId, valuesOf(values)));
    }
    if (!covers("model")) {
      const values = (models?.availableModels ?? []).map((model) => ({ ...model, id: model.modelId }));
      options.push(...optionOf({ id: "model", name: "Model", category: "model" }, models?.currentModelId, valuesOf(values)));
    }
    return options.slice(0, MAX_OPTIONS);
  }

  function setCurrent(category: string, value: string | boolean): void {
    configs = configs.map((native) => (native.category === category ? { ...native, currentValue: value } : native));
  }

  function setMode(modeId: string): void {
    if (modes !== undefined) modes = { ...modes, currentModeId: modeId };
    setCurrent("mode", modeId);
  }

  return {
    list,
    setMode,
    event: () => ({ type: "config.updated", options: list() }),
    take(setup) {
      if (setup.configOptions !== undefined) configs = setup.configOptions;
      if (setup.modes !== undefined) modes = setup.modes;
      if (setup.models !== undefined) models = setup.models;
      return setup.configOptions !== undefined || setup.modes !== undefined || setup.models !== undefined;
    },
    find(category, value) {
      const option = list().find((one) => one.category === category && one.values.some(({ id }) => id === value));
      return option === undefined ? undefined : { option, isCurrent: option.current === value };
    },
    request(optionId, valueId) {
      const option = list().find(({ id }) => id === optionId);
      if (option === undefined || !option.values.some(({ id }) => id === valueId)) return undefined;
      const native = configs.find(({ id }) => id === optionId);
      if (native !== undefined) {
        const isSwitch = typeof native.currentValue === "boolean";
        const value = isSwitch ? { type: "boolean", value: valueId === "true" } : { value: valueId };
        return { method: "session/set_config_option", params: { configId: optionId, ...value } };
      }
      return option.category === "mode"
        ? { method: "session/set_mode", params: { modeId: valueId } }
        : { method: "session/set_model", params: { modelId: valueId } };
    },
    settle({ params }) {
      if (typeof params.modeId === "string") setMode(params.modeId);
      if (typeof params.modelId === "string" && models !== undefined) models = { ...models, currentModelId: params.modelId };
      const { configId, value } = params;
      if (value !== undefined) configs = configs.map((native) => (native.id === configId ? { ...native, currentValue: value } : native));
    },
  };
}

function fromConfig(native: NativeConfigOption): ConfigOption | undefined {
  if (native.id.length > 128) return undefined;
  const isSwitch = typeof native.currentValue === "boolean";
  const values = isSwitch
    ? [
        { id: "true", name: "On" },
        { id: "false", name: "Off" },
      ]
    : valuesOf(native.options.map(({ value, ...rest }) => ({ ...rest, id: value })));
  const id = safeText(native.id);
  const label = { id, name: clipText(safeText(native.name ?? id), 200), category: categoryOf(native.category) };
  return optionOf(label, String(native.currentValue ?? ""), values)[0];
}

function categoryOf(category: string | undefined): ConfigOption["category"] {
  return category === "mode" || category === "model" || category === "thought_level" ? category : "other";
}

function optionOf(label: Pick<ConfigOption, "id" | "name" | "category">, current: string | undefined, values: Values): ConfigOption[] {
  if (values.length === 0) return [];
  return [{ ...label, current: clipText(safeText(current ?? ""), MAX_VALUE_CHARS), values }];
}

/** A value whose id is too long to be named again cannot be chosen. */
function valuesOf(values: readonly { id: string; name?: string | undefined; description?: string | undefined }[]): Values {
  return values
    .filter(({ id }) => id.length <= MAX_VALUE_CHARS)
    .slice(0, MAX_VALUES)
    .map(({ id, name, description }) => ({
      id,
      name: clipText(safeText(name ?? id), 200),
      ...(description === undefined ? {} : { description: clipText(safeText(description), 1_000) }),
    }));
}
