/** One running Claude Code: its command line, its lines, its control requests, its end. Knows nothing of turns. */
import { stripVTControlCharacters } from "node:util";
import type { ClaudeCodeConfig, TurnError } from "@fairlead/protocol";
import { createLineLink } from "../../process/line-link.ts";
import type { AdapterHost } from "../contract.ts";
import type { NoticeCode } from "../notices.ts";
import { type Control, createControl, RefusedError } from "./control.ts";
import type { AgentOptions } from "./options.ts";
import { exitError, UNKNOWN_CONVERSATION } from "./outcome.ts";
import { decodeLine, type Initialized, initializedSchema, type NativeMessage } from "./wire.ts";

/** The longest line of Claude Code that is read, in bytes: the result of a tool may stand in one. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
/** Lines of stderr that are kept to explain an end. */
const KEPT_LINES = 20;
/** How long it may take to start and to answer a request (ms), on a busy machine. */
export const ANSWER_LIMIT_MS = 60_000;

export interface Agent {
  readonly control: Control;
  /** What it offers; rejects when it is gone first. */
  readonly initialized: Promise<Initialized>;
  /** Its process is gone and all it wrote has been told. */
  readonly ended: Promise<void>;
  isUsable(): boolean;
  /** It has said that it does not know the conversation it was to go on with. */
  hasLostConversation(): boolean;
  write(line: string): void;
  readThrough(bytes: number): void;
  /** Ends it because of something it did or would not do; what it still says is ignored. Settles when its group is gone. */
  kill(reason: string, signals: readonly NodeJS.Signals[]): Promise<void>;
  /** Closes its input, gives it the grace to leave, then stops its group. */
  close(): Promise<void>;
}

export interface AgentEvents {
  /** Anything but answers to our requests; false when the reader must pause. */
  onMessage(message: NativeMessage): boolean;
  /** `type`: of an unknown message. */
  onTrouble(code: NoticeCode, text: string, type?: string): boolean;
  resumed(): Promise<void>;
  onEnd(error: TurnError): void;
}

export interface AgentStart {
  readonly config: ClaudeCodeConfig;
  readonly host: AdapterHost;
  readonly options: AgentOptions;
  readonly work_dir: string;
  /** The conversation to go on with. */
  readonly resume: string | null;
}

export type AgentStarted = { readonly ok: true; readonly agent: Agent } | { readonly ok: false; readonly error: TurnError };

/** Starts Claude Code and asks it to introduce itself; it takes messages at once. Whatever goes wrong is a value. */
export async function startAgent(start: AgentStart, events: AgentEvents): Promise<AgentStarted> {
  const { config, host, work_dir, resume } = start;
  const spec = { command: config.command, args: commandLine(start), work_dir, env: config.env };
  const started = await host.processes.start(spec, { grace: host.stop_grace });
  if (!started.ok) return started;
  const { process } = started;
  const said: string[] = [];
  let isLost = false;

  const link = createLineLink(process, {
    max_line_bytes: MAX_LINE_BYTES,
    onLine: take,
    onTooLong: (bytes) =>
      void events.onTrouble("line_too_long", `Claude Code wrote a line of ${bytes} bytes; the longest allowed is ${MAX_LINE_BYTES}.`),
    onDiagnostic(line) {
      const text = stripVTControlCharacters(line);
      if (text.trim() === "") return;
      said.push(text);
      if (said.length > KEPT_LINES) said.shift();
      if (resume !== null && UNKNOWN_CONVERSATION.test(text)) isLost = true;
      else events.onTrouble("diagnostic", text);
    },
    resumed: events.resumed,
    onEnd(exit, fault) {
      const error: TurnError = fault === undefined ? exitError(exit, said) : { kind: "protocol", message: fault };
      control.end(error.message);
      events.onEnd(error);
    },
  });
  const control = createControl(link.write);

  function take(line: string): boolean {
    const decoded = decodeLine(line);
    if (!decoded.ok) {
      if (decoded.code === "silent") return true;
      if (decoded.request_id !== undefined) control.refuse(decoded.request_id, "The request was not valid.");
      return events.onTrouble(decoded.code, decoded.text, decoded.type);
    }
    const { message } = decoded;
    if (message.type === "control_response") {
      control.settle(message);
      return true;
    }
    if (resume !== null && message.type === "result" && message.errors?.some((error) => UNKNOWN_CONVERSATION.test(error))) isLost = true;
    return events.onMessage(message);
  }

  async function kill(reason: string, signals: readonly NodeJS.Signals[]): Promise<void> {
    const stopped = process.stop(signals);
    link.fail(reason);
    await stopped;
    // Nobody may want what a paused reader still holds.
    void link.close(0);
  }

  async function introduce(): Promise<Initialized> {
    try {
      // Else what sub-agents say and think is kept back; versions that do not know the wish ignore it, as a flag they would not.
      const wishes = { hooks: null, forwardSubagentText: true };
      return initializedSchema.parse(await control.request({ subtype: "initialize", ...wishes }, ANSWER_LIMIT_MS));
    } catch (error) {
      // It works without having introduced itself, but not when it does not answer at all.
      if (error instanceof RefusedError) return {};
      if (link.isUsable()) void kill(error instanceof Error ? error.message : String(error), ["SIGTERM", "SIGKILL"]);
      throw error;
    }
  }

  const initialized = introduce();
  // That it failed shows in the end of the process too.
  initialized.catch(() => undefined);
  return {
    ok: true,
    agent: {
      control,
      initialized,
      ended: link.ended,
      isUsable: link.isUsable,
      hasLostConversation: () => isLost,
      write: link.write,
      readThrough: link.readThrough,
      kill,
      close: () => link.close(host.stop_grace),
    },
  };
}

function commandLine({ config, options, resume }: AgentStart): string[] {
  const model = options.model();
  const list = (flag: string, values: readonly string[]) => (values.length === 0 ? [] : [flag, ...values]);
  const value = (flag: string, text: string | number | undefined | null) =>
    text === undefined || text === null ? [] : [flag, String(text)];
  return [
    ...config.args,
    "-p",
    "--verbose",
    "--input-format",
    "stream-json",
    "--output-format",
    "stream-json",
    "--include-partial-messages",
    "--permission-prompt-tool",
    "stdio",
    ...value("--resume", resume),
    ...value("--model", model),
    // Always said: a conversation remembers its mode, and so do people's own settings.
    ...value("--permission-mode", options.mode()),
    ...value("--max-turns", config.max_turns),
    ...list("--allowedTools", config.allowed_tools),
    ...list("--disallowedTools", config.disallowed_tools),
    ...value("--append-system-prompt", config.system_prompt),
  ];
}
