/** Puts the runtime together: journals, sessions, commands and the link, in the order in which they need each other. */

import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { HubToRuntimeFrame, RuntimeEvent } from "@fairlead/protocol";
import { adapterFor } from "./adapters/registry.ts";
import type { LoadedConfig } from "./config.ts";
import { lockDataDir } from "./data-lock.ts";
import { type CommandDesk, createCommandDesk } from "./hub-link/commands.ts";
import type { SessionJournal } from "./hub-link/journal.ts";
import { type JournalStore, openJournalStore } from "./hub-link/journal-store.ts";
import { createLink, type HelloAck, type Link, type Wire } from "./hub-link/link.ts";
import { createOutbox } from "./hub-link/outbox.ts";
import { createRequestDesk, type RequestDesk } from "./hub-link/requests.ts";
import { createTerminalTurns } from "./hub-link/terminal-turns.ts";
import { createUpload } from "./hub-link/upload.ts";
import { createUploadQueue } from "./hub-link/upload-queue.ts";
import type { Logger } from "./log.ts";
import { type FindAdapter, type OfferWatch, watchOffers } from "./offers.ts";
import { createPtyStarter } from "./process/pty.ts";
import { createProcesses, type Processes } from "./process/spawn.ts";
import { openGroupRecord, sweepLeftovers } from "./process/sweep.ts";
import { createTmux, tmuxFault } from "./process/tmux.ts";
import { createAgentSlots } from "./sessions/agent-slots.ts";
import { createMadeFiles } from "./sessions/made-files.ts";
import { reconcileSession } from "./sessions/reconcile.ts";
import { runFacts } from "./sessions/run-facts.ts";
import { createSessionRegistry, type RegisteredEndpoint } from "./sessions/session-registry.ts";
import { createWorkspace } from "./sessions/workspace.ts";
import { createWorktrees } from "./sessions/worktree.ts";
import { type Attachments, createAttachments } from "./terminals/attachments.ts";
import { terminalSetup } from "./terminals/launch.ts";
import { createOwnHolder } from "./terminals/own-holder.ts";
import { createRecordingSpace } from "./terminals/recording-space.ts";
import { createRecordings, type SentRecording } from "./terminals/recordings.ts";
import { writeShellMarks } from "./terminals/shell-marks.ts";
import { createTerminalHost } from "./terminals/terminal-host.ts";
import { createTmuxKeeper } from "./terminals/tmux-keeper.ts";

/** Grace between interrupt, TERM and KILL of an agent (ms). */
const STOP_GRACE_MS = 3_000;
/** How long a stopping runtime waits for the hub to store what is left (ms); the rest stays on disk. */
const FLUSH_LIMIT_MS = 3_000;
/** Bounds of the sessions named in a hello: the protocol's number, and half a frame (bytes). */
const MOST_POSITIONS = 10_000;
const MOST_POSITION_BYTES = 512 * 1024;
/** How often sessions that were quiet for very long are forgotten (ms). */
const PRUNE_MS = 3_600_000;

export interface RuntimeOptions {
  readonly loaded: LoadedConfig;
  readonly log: Logger;
  /** Called when the runtime must end although nobody asked for it. */
  readonly onFatal: (reason: string) => void;
  readonly stop_grace?: number;
  /** The command line of this program, by which it starts a holder; default: terminals that want one fail. */
  readonly program?: readonly string[];
  /** Default: the registry's. */
  readonly bind?: FindAdapter;
  /** How often the clock is watched (ms); default: as the hub says. */
  readonly heartbeat?: number;
  /** The wall clock (ms since the epoch). */
  readonly now?: () => number;
}

export interface Runtime {
  readonly link: Link;
  /** Stops turns and agents, gives the hub what is left and closes the link. */
  stop(): Promise<void>;
}

/** Starts the runtime. Throws when its data directory cannot be used; an unreachable hub is not an error. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { loaded, log } = options;
  const { config, data_dir } = loaded;
  const stop_grace = options.stop_grace ?? STOP_GRACE_MS;
  const lock = lockDataDir(data_dir);
  const swept = await sweepLeftovers(data_dir, { grace: stop_grace });
  // Nobody is left who needs them.
  rmSync(scratchIn(data_dir), { recursive: true, force: true });
  if (swept.length > 0) log.warn({ groups: swept }, "ended agents that a crashed runtime had left running");
  const instance = randomUUID();
  const groups = openGroupRecord(data_dir, instance);
  const processes = createProcesses({ instance, env: loaded.env, home: loaded.home, groups });

  const journals = openJournalStore(data_dir, log);
  const outbox = createOutbox();
  const endpoints = startEndpoints(options, processes, stop_grace);
  const worktrees = createWorktrees({ processes, data_dir });
  const hub = { url: httpAddress(config.hub.url), token: config.hub.token };
  const workspace = createWorkspace({ data_dir, hub_url: hub.url, token: hub.token, worktrees });
  const files = createMadeFiles({
    folder: join(data_dir, "files"),
    upload: createUpload({ ...hub, door: "files" }),
    tell: (sessionId, event) => tell(sessionId, event),
    // What was told just before a crash waits for its acknowledgement still.
    isTold: (sessionId, hash) => journals.get(sessionId)?.unacked.some((json) => json.includes(hash)) === true,
    log,
  });
  const slots = createAgentSlots({
    total: config.runtime.max_sessions,
    ofEndpoint: (endpointId) => endpoints.get(endpointId)?.max_sessions,
  });
  const sessions = createSessionRegistry({
    journals,
    outbox,
    endpoints,
    slots,
    workspace,
    files,
    stop_grace,
    log,
    acknowledge: (id, state, error) => link.send({ type: "command.ack", id, state, ...(error === undefined ? {} : { error }) }),
  });
  const { max_recordings_bytes } = config.runtime;
  const space = createRecordingSpace(join(data_dir, "recordings"), () => max_recordings_bytes);
  const recordingUploads = createUploadQueue<SentRecording>({
    upload: createUpload({ ...hub, door: "recordings" }),
    onSettled({ session_id, terminal_id, size, duration_ms, file }, result) {
      if ("file_id" in result) tell(session_id, { type: "terminal.recorded", terminal_id, ...result, size, duration_ms });
      space.remove(file);
    },
    log,
  });
  const recordings = createRecordings({ space, uploads: recordingUploads });
  const { program } = options;
  const source = { instance, env: loaded.env };
  const ptys = createPtyStarter({ ...source, groups });
  const keepers = {
    holder: createOwnHolder({
      data_dir,
      program,
      env: loaded.env,
      stop_grace,
      max_recordings_bytes,
      onRecorded: recordings.keep,
      log,
    }),
    tmux: createTmuxKeeper({
      tmux: createTmux(processes, source),
      data_dir,
      ptys,
      recorder: recordings,
      fault: () => tmuxFault(processes),
      stop_grace,
      log,
    }),
  };
  const marks = config.endpoints.some(({ profile }) => profile === "terminal") ? writeShellMarks(data_dir) : undefined;
  const terminals = createTerminalHost({
    journals,
    outbox,
    slots,
    processes,
    ptys,
    setups: new Map(
      config.endpoints.flatMap((endpoint) => {
        const setup = terminalSetup(endpoint, processes, marks);
        return setup === undefined ? [] : [[endpoint.id, setup] as const];
      }),
    ),
    recorder: recordings,
    keepers,
    stop_grace,
    log,
  });
  const commands = createCommandDesk({ journals, outbox, sessions, terminals, log, send: (frame) => link.send(frame) });
  const offers: OfferWatch = await watchOffers({
    endpoints: config.endpoints,
    processes,
    bind: options.bind,
    onChange: (changed) => link.send({ type: "runtime.endpoints", endpoints: [...changed] }),
  });

  const requests = createRequestDesk({ endpoints, terminals, send: (frame) => link.send(frame) });
  const turns = createTerminalTurns();
  const views = createAttachments({ terminal: terminals.running, turns, log, send: (frame) => link.send(frame) });

  /** Sessions named in the last hello: those the hub leaves out of its answer are unknown to it. */
  let named: SessionJournal[] = [];
  const link: Link = createLink({
    ...config.hub,
    runtime_id: config.runtime.id,
    name: config.runtime.name,
    log,
    heartbeat: options.heartbeat,
    now: options.now,
    offers: offers.current,
    positions() {
      named = mostUrgent(journals);
      return named.map(({ session_id, state }) => ({ session_id, stream: state.stream, next_ordinal: state.next_ordinal }));
    },
    onLive(wire, ack) {
      reconcile(wire, ack);
      files.connected(ack.max_file_bytes);
      recordingUploads.hurry();
    },
    onDown() {
      outbox.detach();
      turns.detach();
      views.drop();
    },
    onFrame: (frame) => receive(frame, { journals, outbox, commands, requests, views, drop, log }),
    onBytes: (bytes) => views.take(bytes),
    onUnreadable: commands.refuse,
    onSuperseded: () => options.onFatal("another runtime with the same id took over"),
  });

  /** Something about the session that no turn says. */
  function tell(sessionId: string, event: RuntimeEvent): void {
    const journal = journals.get(sessionId);
    if (journal === undefined) return;
    journal.append(event);
    outbox.offer(journal);
  }

  /** Nothing of the session can ever be delivered: ends what runs in it and forgets it. */
  async function drop(sessionId: string): Promise<void> {
    await terminals.abandon(sessionId);
    await sessions.drop(sessionId);
  }

  function reconcile(wire: Wire, ack: HelloAck): void {
    const stored = new Map(ack.sessions.map((position) => [position.session_id, position]));
    for (const journal of named) {
      const position = stored.get(journal.session_id);
      if (position === undefined) {
        log.warn({ session_id: journal.session_id }, "the hub does not know this session; dropping it");
        void drop(journal.session_id);
        continue;
      }
      if (position.stream === journal.state.stream) reconcileSession(journal, position, { outbox, log });
    }
    outbox.attach(wire, journals.all());
    turns.attach(wire.sendBytes);
  }

  sessions.recover();
  files.recover();
  const unfinished = await terminals.recover();
  if (unfinished !== undefined) void recordings.recover(unfinished);
  commands.recover();
  link.start();
  const pruning = setInterval(() => void sessions.prune(Date.now()), PRUNE_MS);

  return {
    link,
    async stop() {
      await offers.stop();
      clearInterval(pruning);
      await terminals.stop();
      await recordings.stop();
      await sessions.stop();
      await files.stop();
      await Promise.all([...endpoints.values()].map((endpoint) => endpoint.running.stop()));
      if (link.state() === "live") await outbox.drained(FLUSH_LIMIT_MS);
      await link.stop();
      journals.close();
      lock.release();
    },
  };
}

function startEndpoints(
  { loaded, log, bind = adapterFor }: RuntimeOptions,
  processes: Processes,
  stop_grace: number,
): Map<string, RegisteredEndpoint> {
  const { runtime, endpoints } = loaded.config;
  const started = endpoints.map((endpoint): [string, RegisteredEndpoint] => {
    const { id, limits } = endpoint;
    const turn_timeout = limits.session_timeout ?? runtime.default_timeout;
    const adapter = bind(endpoint);
    const running = adapter.start({
      endpoint_id: id,
      idle_timeout: limits.idle_timeout ?? runtime.idle_timeout,
      default_timeout: turn_timeout,
      stop_grace,
      scratch_dir: scratchIn(loaded.data_dir),
      processes,
      log: (level, text) => log[level]({ endpoint_id: id }, text),
    });
    const max_output_bytes = limits.max_output_bytes ?? runtime.max_output_bytes;
    const { resume, worktree } = adapter.capabilities;
    const work_dir = worktree && "work_dir" in endpoint.config ? processes.workDir(endpoint.config) : undefined;
    const approve_runs = endpoint.require_approval ? runFacts(endpoint) : undefined;
    const { max_sessions } = limits;
    return [id, { id, running, turn_timeout, max_output_bytes, max_sessions, work_dir, resumes: resume, approve_runs }];
  });
  return new Map(started);
}

function scratchIn(dataDir: string): string {
  return join(dataDir, "scratch");
}

/** The hub's address for files: the same host and sub-path as its socket. */
function httpAddress(url: string): string {
  return url.replace(/^ws/, "http").replace(/\/ws\/runtime\/?$/, "");
}

interface Receivers {
  readonly journals: JournalStore;
  readonly outbox: ReturnType<typeof createOutbox>;
  readonly commands: CommandDesk;
  readonly requests: RequestDesk;
  readonly views: Attachments;
  readonly drop: (sessionId: string) => Promise<void>;
  readonly log: Logger;
}

function receive(frame: HubToRuntimeFrame, { journals, outbox, commands, requests, views, drop, log }: Receivers): void {
  switch (frame.type) {
    case "command":
      commands.take(frame.command);
      return;
    case "request":
      requests.take(frame);
      return;
    case "events.ack": {
      const journal = journals.get(frame.session_id);
      if (journal !== undefined && journal.state.stream === frame.stream) outbox.acknowledge(journal, frame.ordinal);
      return;
    }
    case "error":
      log.error({ code: frame.code, session_id: frame.session_id }, `the hub refuses: ${frame.error}`);
      // The session is gone or never was this runtime's.
      if (frame.session_id !== undefined && (frame.code === "NOT_FOUND" || frame.code === "FORBIDDEN")) void drop(frame.session_id);
      return;
    case "terminal.attach":
      views.attach(frame);
      return;
    case "terminal.detach":
      views.detach(frame.number);
      return;
    case "terminal.hold":
      views.hold(frame);
      return;
    case "hello.ack":
    case "pong":
      return;
  }
}

/**
 * The sessions to name in a hello. Where not all fit, those with something to send or do come first: a session that is not
 * named is neither dropped nor cut short, the hub skips what it has.
 */
function mostUrgent(journals: JournalStore): SessionJournal[] {
  const all = [...journals.all()];
  const isUrgent = ({ unacked, state }: SessionJournal) => unacked.length > 0 || state.pending.length > 0 || state.open_turn !== null;
  const ordered = [...all.filter(isUrgent), ...all.filter((journal) => !isUrgent(journal))];
  let bytes = 0;
  const end = ordered.findIndex(({ session_id, state }, index) => {
    bytes += session_id.length + state.stream.length + 80;
    return index >= MOST_POSITIONS || bytes > MOST_POSITION_BYTES;
  });
  return end === -1 ? ordered : ordered.slice(0, end);
}
