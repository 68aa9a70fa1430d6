/** What an adapter is: a way of running one kind of agent. It knows its agent and the event union, nothing of the hub. */
import type { AgentEvent, ApprovalAnswers, Capabilities, NativeSession, Program, StopReason, TurnError } from "@fairlead/protocol";
import type { Processes } from "../process/spawn.ts";

/** Questions that an agent may have open at once; an adapter says no to one more at once. */
export const MAX_OPEN_QUESTIONS = 32;

/** What the session host lends an adapter. Times are ms, sizes bytes. */
export interface AdapterHost {
  readonly endpoint_id: string;
  /** Silence that ends a turn where the agent has no other signal. */
  readonly idle_timeout: number;
  /** Longest turn; adapters with a limit of their own use the shorter one. */
  readonly default_timeout: number;
  /** Grace between interrupt, TERM and KILL of an agent's process group. */
  readonly stop_grace: number;
  /** Where files lie that an agent needs while it runs; made by who needs it, and emptied when the runtime starts. */
  readonly scratch_dir: string;
  /** Starts agents' processes (`createProcesses` of process/spawn.ts, one for the whole runtime). */
  readonly processes: Processes;
  /** For the runtime's own log; never secrets, never the agent's output. */
  log(level: "debug" | "info" | "warn" | "error", text: string): void;
}

export interface Adapter<C> {
  readonly profile: string;
  readonly capabilities: Capabilities;
  /** Why this endpoint cannot run on this machine (a command that is missing), or undefined when it can. */
  unavailable(config: C, processes: Processes): Promise<string | undefined>;
  /** Which program it is and whether its version was tested; undefined where that cannot be told. Bounded in time, never rejects. */
  probe?(config: C, processes: Processes): Promise<Program | undefined>;
  /** Cheap and without side effects; processes start when a session opens or later. */
  start(config: C, host: AdapterHost): RunningEndpoint;
}

/** One configured endpoint. Owns whatever its sessions share (one process for `persistent` and `generic-external`). */
export interface RunningEndpoint {
  /** Never rejects for the agent's sake: what goes wrong with the agent shows in the first turn. */
  open(options: OpenSession): Promise<AgentSession>;
  /** The agent's own earlier sessions on this machine, the newest first, at most 500. Rejects with an Error for people. */
  listNative?(): Promise<readonly NativeSession[]>;
  /** Ends what is shared; called after all sessions are closed. */
  stop(): Promise<void>;
}

/**
 * A file or picture of the agent's with where its bytes are: the session host keeps them for the hub and tells of it by `file.produced`. What
 * is a picture is found by its bytes, whatever `mime_type` says.
 */
export interface FileMade {
  readonly type: "file.made";
  /** Default: the file's own name, or one by its kind. */
  readonly name?: string | undefined;
  readonly mime_type: string;
  /** `path` is in `folder`, or relative to it; what lies outside is not brought over. */
  readonly source: { readonly base64: string } | { readonly folder: string; readonly path: string };
  /** The call it came with: the same bytes are told once for it in a turn. */
  readonly tool_call_id?: string | undefined;
  /** The call of the sub-agent that made it. */
  readonly parent_tool_call_id?: string | undefined;
}

/** What an adapter tells of its agent. */
export type AdapterEvent = AgentEvent | FileMade;

export interface OpenSession {
  readonly session_id: string;
  /** The conversation to go on with; the adapter emits `session.identified` when the agent uses another one. */
  readonly native_id: string | null;
  /** The folder to work in; default: the endpoint's own. Absolute. */
  readonly work_dir?: string | undefined;
  /** The option values that people chose in this session, by option id; set again when the agent starts anew. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /**
   * Tells what the agent said, at any time until `close` settles. Returns false when the reader must pause: the adapter then
   * stops reading its agent until `resumed()` resolves.
   */
  emit(event: AdapterEvent): boolean;
  resumed(): Promise<void>;
}

export interface AgentSession {
  /**
   * Runs one turn and settles when the agent is done. Never rejects: failure is a value. After it has settled nothing that
   * belongs to the turn is emitted. When `signal` aborts, it stops the agent's work (interrupt, TERM, KILL of the group) and
   * settles with `cancelled` within three graces.
   */
  runTurn(input: TurnInput, signal: AbortSignal): Promise<TurnResult>;
  /**
   * Answers an approval this session asked for. Resolves with whether the agent still waited for it: an id that is no longer open does
   * nothing and gives false.
   */
  answer(approvalId: string, answer: ApprovalAnswer): Promise<boolean>;
  /** Gives the running turn more text. Resolves with whether the agent took it into that turn; false: nothing was sent. */
  steer?(input: Pick<TurnInput, "text" | "attachments">): Promise<boolean>;
  /**
   * Sets one of the options told by `config.updated`, and emits that again with what holds then. Starts the agent if need be. Rejects with
   * an Error for people when the agent refuses.
   */
  configure?(optionId: string, valueId: string): Promise<void>;
  /** Ends this session's agent and waits until its process group is gone. */
  close(): Promise<void>;
}

export interface TurnInput {
  readonly turn_id: string;
  readonly text: string;
  readonly attachments?: readonly AttachedFile[] | undefined;
}

/** A file that came with a message; it lies on this machine at `path` (absolute) for as long as the session lives. */
export interface AttachedFile {
  readonly path: string;
  readonly name: string;
  readonly mime_type: string;
  readonly size: number;
}

export interface ApprovalAnswer {
  /** One that the question did not offer says no. */
  readonly option_id: string;
  readonly reason?: string | undefined;
  /** For questions: the chosen labels or texts, by question id. */
  readonly answers?: ApprovalAnswers | undefined;
}

export type TurnResult =
  | { readonly ok: true; readonly stop_reason: StopReason; readonly exit_code?: number | undefined }
  | { readonly ok: false; readonly error: TurnError };
