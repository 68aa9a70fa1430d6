/** Begins the agent's session, or goes on with an earlier one, and brings it into the mode and to the options that are wanted. */
import type { AcpConfig } from "@fairlead/protocol";
import { type Rpc, RpcError } from "../../process/json-rpc.ts";
import type { NoticeCode } from "../notices.ts";
import { whyNotResumed, wordsOf } from "./failures.ts";
import type { SessionOptions, SetRequest } from "./options.ts";
import { ACP_AUTH_REQUIRED, configOptionsSchema, type Initialized, type SessionSetup, sessionSetupSchema } from "./wire.ts";

/** How long (ms) the agent may take to open a session, to sign in, and to set an option. */
const OPEN_LIMIT_MS = 120_000;
const SIGN_IN_LIMIT_MS = 120_000;
const SET_LIMIT_MS = 30_000;

export interface Opening {
  readonly rpc: Rpc;
  readonly about: Initialized;
  readonly config: Pick<AcpConfig, "auth_method" | "mode" | "model">;
  readonly work_dir: string;
  notice(level: "info" | "warning", code: NoticeCode, text: string): void;
  /** Settles when a conversation may be loaded; some agents lose one that was used a moment ago. */
  rest(nativeId: string): Promise<void>;
  /** Settles when the agent has told all of a conversation it loaded. */
  quiet(): Promise<void>;
}

export interface Opened {
  readonly session_id: string;
  readonly setup: SessionSetup;
  readonly isNew: boolean;
}

/** Begins a session. Rejects with what the agent says. */
async function begin({ rpc, about, config, work_dir }: Opening): Promise<Opened> {
  const answer = await signedIn({ rpc, about, config }, () => rpc.request("session/new", { cwd: work_dir, mcpServers: [] }, OPEN_LIMIT_MS));
  const setup = sessionSetupSchema.parse(answer);
  if (setup.sessionId === undefined || setup.sessionId === "") throw new Error("The agent began a session without an id.");
  return { session_id: setup.sessionId, setup, isNew: true };
}

/**
 * Goes on with a conversation, or begins one. Resuming repeats nothing, loading repeats all of it, so the first is preferred. A conversation
 * that the agent does not know is told; one that is there but cannot be opened now is an error, so that it is not lost silently.
 */
export async function openSession(opening: Opening, nativeId: string | null): Promise<Opened> {
  if (nativeId === null) return begin(opening);
  const { rpc, about, work_dir, notice } = opening;
  const { loadSession, sessionCapabilities } = about.agentCapabilities;
  if (!sessionCapabilities.resume && !loadSession) {
    notice("warning", "resumed", "This agent cannot go on with an earlier conversation; a new one begins.");
    return begin(opening);
  }
  const method = sessionCapabilities.resume ? "session/resume" : "session/load";
  if (!sessionCapabilities.resume) await opening.rest(nativeId);
  try {
    const params = { sessionId: nativeId, cwd: work_dir, mcpServers: [] };
    const answer = await signedIn(opening, () => rpc.request(method, params, OPEN_LIMIT_MS));
    if (method === "session/load") await opening.quiet();
    return { session_id: nativeId, setup: sessionSetupSchema.parse(answer ?? {}), isNew: false };
  } catch (error) {
    const why = whyNotResumed(error);
    const words = error instanceof RpcError ? wordsOf(error) : String(error);
    if (why === "busy") throw new Error(`Another process has this conversation open: ${words}. End it and send the message again.`);
    if (why === "failed") throw error;
    notice("warning", "resumed", `The conversation could not be resumed (${words}); a new conversation begins.`);
    return begin(opening);
  }
}

/** Does something that may need a sign-in, and once more after one if the config names how. */
async function signedIn({ rpc, about, config }: Pick<Opening, "rpc" | "about" | "config">, work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    const isRefused = error instanceof RpcError && error.code === ACP_AUTH_REQUIRED;
    if (!isRefused || config.auth_method === undefined) throw error;
    const offered = (about.authMethods ?? []).map(({ id }) => id);
    if (!offered.includes(config.auth_method)) {
      throw new RpcError(
        ACP_AUTH_REQUIRED,
        `it does not offer the method "${config.auth_method}" (it offers ${offered.join(", ") || "none"})`,
      );
    }
    await rpc.request("authenticate", { methodId: config.auth_method }, SIGN_IN_LIMIT_MS);
    return work();
  }
}

export interface Wanted {
  readonly mode: string | undefined;
  readonly model: string | undefined;
  /** Values that people chose, by option id. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface OptionSetter {
  /** Sets one option. Rejects with an Error for people when the agent does not offer or refuses it. */
  set(optionId: string, valueId: string): Promise<void>;
  /** The mode must hold, else this rejects: the agent might act without asking. What else cannot be set is told. */
  apply(wanted: Wanted): Promise<void>;
}

export function createOptionSetter({ rpc, session_id, options, notice }: SetterOptions): OptionSetter {
  async function send(request: SetRequest): Promise<void> {
    const answer = await rpc.request(request.method, { sessionId: session_id, ...request.params }, SET_LIMIT_MS);
    options.settle(request);
    const configOptions = configOptionsSchema.parse(
      typeof answer === "object" && answer !== null && "configOptions" in answer ? answer.configOptions : undefined,
    );
    options.take({ configOptions });
  }

  async function set(optionId: string, valueId: string): Promise<void> {
    const request = options.request(optionId, valueId);
    if (request === undefined) throw new Error(`The agent offers no value "${valueId}" of an option "${optionId}".`);
    try {
      await send(request);
    } catch (error) {
      throw new Error(`The agent did not take "${valueId}" for "${optionId}": ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async function setMode(mode: string): Promise<void> {
    const found = options.find("mode", mode);
    if (found?.isCurrent) return;
    if (found !== undefined) return set(found.option.id, mode);
    const offered = options.list().find(({ category }) => category === "mode");
    if (offered !== undefined) {
      const names = offered.values.map(({ id }) => id).join(", ");
      throw new Error(`The agent does not offer the mode "${mode}" (it offers ${names}). Set mode in the endpoint's config.`);
    }
    await send({ method: "session/set_mode", params: { modeId: mode } });
  }

  async function attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      notice("warning", "diagnostic", error instanceof Error ? error.message : String(error));
    }
  }

  return {
    set,
    async apply({ mode, model, settings }) {
      const chosen = (id: string) => (Object.hasOwn(settings, id) ? settings[id] : undefined);
      const modeOption = options.list().find(({ category }) => category === "mode");
      if (mode !== undefined) await setMode(mode);
      if (model !== undefined && chosen("model") === undefined) {
        const found = options.find("model", model);
        if (found === undefined) notice("warning", "diagnostic", `The agent does not offer the model "${model}"; it uses its own.`);
        else if (!found.isCurrent) await attempt(() => set(found.option.id, model));
      }
      // A person's mode comes last but one, so that nothing set after it is lost by it.
      const ids = Object.keys(settings).sort((left, right) => Number(right === modeOption?.id) - Number(left === modeOption?.id));
      for (const id of ids) {
        const value = chosen(id);
        const current = options.list().find((option) => option.id === id)?.current;
        if (value !== undefined && value !== current) await attempt(() => set(id, value));
      }
    },
  };
}

export interface SetterOptions {
  readonly rpc: Rpc;
  readonly session_id: string;
  readonly options: SessionOptions;
  notice(level: "info" | "warning", code: NoticeCode, text: string): void;
}
