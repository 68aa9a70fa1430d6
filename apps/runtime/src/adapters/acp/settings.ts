/** What one ACP endpoint runs with: its config block completed by its preset, and when each conversation was used last. */
import { type AcpConfig, acpPreset, type TurnError } from "@fairlead/protocol";

/** Conversations whose last use is remembered. */
const MAX_REMEMBERED = 1_000;
const SIGN_IN = { text: "Sign in to the agent on its machine as its documentation says, or set its key in the endpoint's env." };

export interface EndpointSettings {
  readonly config: AcpConfig;
  /** What to do when the agent is not signed in. */
  readonly sign_in: NonNullable<TurnError["remedy"]>;
  /** The pi that the agent drives: the variable that names its command, and that command. */
  readonly pi: { readonly variable: string; readonly command: string } | undefined;
  /** What they must know when a conversation has been loaded. */
  readonly load_caution: string | undefined;
  /** See the preset's key of that name. */
  readonly sums_usage: boolean;
  /** A conversation has been used just now. */
  used(nativeId: string): void;
  /** How long (ms) a conversation must rest yet before it may be loaded. */
  restLeft(nativeId: string): number;
}

export function createSettings(given: AcpConfig, now: () => number = Date.now): EndpointSettings {
  const preset = given.preset === undefined ? undefined : acpPreset(given.preset);
  const config = completeConfig(given);
  const lastUses = new Map<string, number>();
  // The runtime before this one may have used any of them until now.
  const begun = now();
  return {
    config,
    sign_in: preset?.sign_in ?? SIGN_IN,
    pi: piOf(config),
    load_caution: preset?.load_caution,
    sums_usage: preset?.sums_usage ?? false,
    used(nativeId) {
      lastUses.delete(nativeId);
      lastUses.set(nativeId, now());
      const [oldest] = lastUses.keys();
      if (lastUses.size > MAX_REMEMBERED && oldest !== undefined) lastUses.delete(oldest);
    },
    restLeft(nativeId) {
      if (preset?.load_rest === undefined) return 0;
      return Math.max(0, (lastUses.get(nativeId) ?? begun) + preset.load_rest - now());
    },
  };
}

/** The preset's command line, settings and mode stand below what the config says. */
function completeConfig(config: AcpConfig): AcpConfig {
  if (config.preset === undefined) return config;
  const preset = acpPreset(config.preset);
  return {
    ...config,
    args: config.args.length === 0 ? [...preset.args] : config.args,
    env: { ...preset.env, ...config.env },
    mode: config.mode ?? preset.mode,
  };
}

function piOf({ preset, env }: AcpConfig): EndpointSettings["pi"] {
  const variable = preset === undefined ? undefined : acpPreset(preset).pi_variable;
  return variable === undefined ? undefined : { variable, command: env[variable] ?? "pi" };
}
