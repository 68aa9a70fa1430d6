/** What the doors (api, gateway, workers) may ask of the services. */
import type {
  AckedPosition,
  EndpointOffer,
  HubToRuntimeFrame,
  OperationName,
  OperationOutput,
  RuntimeCommand,
  RuntimeFrame,
} from "@fairlead/protocol";
import type { Principal, UserPrincipal } from "../domain/principal.ts";
import type { StoredPage } from "../storage/contract.ts";
import type { Files } from "./files.ts";

export type HelloFrame = Extract<RuntimeFrame, { type: "runtime.hello" }>;
export type EventsFrame = Extract<RuntimeFrame, { type: "events" }>;
export type CommandAckFrame = Extract<RuntimeFrame, { type: "command.ack" }>;
export type ResponseFrame = Extract<RuntimeFrame, { type: "response" }>;
export type RequestFrame = Extract<HubToRuntimeFrame, { type: "request" }>;

/** Facts about a request that are not its input. */
export interface RequestFacts {
  /** The caller's address, for throttling. */
  readonly address: string;
}

/** A runtime's connection as the services know it: a later one of the same runtime makes it stale. */
export interface RuntimeLink {
  readonly runtime_id: string;
  readonly epoch: number;
}

export interface TerminalRun {
  readonly session_id: string;
  readonly terminal_id: string;
}

/** A terminal as those who want to watch it are told. */
export interface WatchedTerminal {
  readonly runtime_id: string;
  /** Whether the principal may type into it and set its size. */
  readonly may_hold: boolean;
  /** The run that the log holds for open. */
  readonly open: string | undefined;
}

export interface Services {
  /** The one funnel: parse, check, run, parse the output. Throws AppError only. */
  execute<N extends OperationName>(name: N, principal: Principal, input: unknown, facts: RequestFacts): Promise<OperationOutput<N>>;

  readonly events: {
    /** The newest number of a session this principal may read; throws NOT_FOUND otherwise (also for someone else's). */
    open(principal: Principal, sessionId: string): Promise<number>;
    /** A page for a session that `open` allowed. */
    page(sessionId: string, afterSeq: number): Promise<StoredPage>;
    heads(sessionIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  };

  readonly runtimes: {
    /** Checks the token (header first, then hello), takes the next epoch, stores the offer. Throws UNAUTHENTICATED. */
    connect(
      hello: HelloFrame,
      headerToken: string | undefined,
    ): Promise<{
      link: RuntimeLink;
      sessions: readonly AckedPosition[];
      /** The largest file of an agent's that is taken. */
      max_file_bytes: number;
    }>;
    offer(link: RuntimeLink, endpoints: readonly EndpointOffer[]): Promise<void>;
    /** Remembers that it was heard (at most every few seconds to the database). */
    heard(link: RuntimeLink): void;
    disconnected(link: RuntimeLink): Promise<void>;
    /** Stores events. CONFLICT: an ordinal was skipped, close with OrdinalGap. */
    ingest(link: RuntimeLink, frame: EventsFrame): Promise<{ ordinal: number }>;
    pending(link: RuntimeLink, after: number): Promise<readonly { ordinal: number; command: RuntimeCommand }[]>;
    acknowledge(link: RuntimeLink, frame: CommandAckFrame): Promise<void>;
    /** From now on the services may ask this connection; until it has disconnected. */
    attach(link: RuntimeLink, send: (frame: RequestFrame) => void): void;
    /** The log holds this run of a terminal for open and the runtime has none: the log is put right. */
    terminalLost(link: RuntimeLink, run: TerminalRun): Promise<void>;
    /** Hands on the answer to a request; one that nobody waits for any more is ignored. */
    respond(link: RuntimeLink, frame: ResponseFrame): void;
  };

  readonly terminals: {
    /** What the principal may do with a terminal. Throws NOT_FOUND, also for somebody else's and for a session that is none. */
    watch(principal: Principal, sessionId: string): Promise<WatchedTerminal>;
  };

  readonly files: Pick<Files, "upload" | "uploadRecording" | "uploadMade" | "download" | "downloadForRuntime">;

  readonly logins: {
    /** Whether a login still stands (not revoked, not expired, user still there with the same role). */
    alive(principal: UserPrincipal): Promise<boolean>;
  };

  /** Housekeeping, called by the workers: expires messages, suspends idle sessions, applies retention. */
  sweep(now: number): Promise<void>;
}
