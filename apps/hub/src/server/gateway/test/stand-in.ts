/**
 * A test stand-in for the services behind the gateway: a log in memory with the same numbering, ownership and ordinal rules and
 * the real bus, so that a test can cut, lose and delay what lies behind the gateway. Tests against the real hub are elsewhere.
 */
import { AppError, type RuntimeCommand, type RuntimeEvent, type SessionEvent } from "@fairlead/protocol";
import type { Bus } from "../../bus/bus.ts";
import { createMemoryBus } from "../../bus/memory-bus.ts";
import type { Principal, UserPrincipal } from "../../domain/principal.ts";
import type { CommandAckFrame, EventsFrame, RuntimeLink, Services, TerminalRun } from "../../services/contract.ts";

interface StoredSession {
  readonly owner: string;
  readonly runtime_id: string;
  stream: string;
  ordinal: number;
  readonly texts: string[];
  /** Users who may watch it. */
  readonly readers: Set<string>;
  /** The run of the terminal that the log holds for open. */
  open: string | undefined;
}

export interface StandIn {
  readonly services: Services;
  readonly bus: Bus;
  /** Counts calls by name. */
  readonly calls: Map<string, number>;
  readonly sessions: Map<string, StoredSession>;
  readonly acknowledged: CommandAckFrame[];
  readonly disconnected: RuntimeLink[];
  readonly inputs: { operation: string; input: unknown }[];
  readonly revoked: Set<string>;
  /** Runs that the gateway found to be over while the log held them for open. */
  readonly lost: TerminalRun[];
  /** Awaited while a right to watch is looked up. */
  beforeWatch: (sessionId: string) => Promise<void>;
  /** Awaited inside each ingest, before it stores; for holding the log back. */
  beforeIngest: () => Promise<void>;
  /** Awaited inside each execute. */
  beforeExecute: (operation: string, input: unknown) => Promise<void>;
  addSession(id: string, owner: string, runtimeId?: string): void;
  /** Appends and publishes; `silent`: the hint is lost. */
  append(sessionId: string, events: readonly RuntimeEvent[], silent?: boolean): void;
  command(runtimeId: string, command: RuntimeCommand, silent?: boolean): void;
}

const PAGE_EVENTS = 500;
const PAGE_BYTES = 256 * 1024;

export function user(name: string, role: "admin" | "user" = "user"): UserPrincipal {
  return { kind: "user", user_id: name, username: name, role, login_id: `login-${name}` };
}

export function createStandIn(tokens: Readonly<Record<string, string>> = { r1: "secret-r1", r2: "secret-r2" }): StandIn {
  const bus = createMemoryBus();
  const sessions = new Map<string, StoredSession>();
  const epochs = new Map<string, number>();
  const commands = new Map<string, { ordinal: number; command: RuntimeCommand }[]>();
  const calls = new Map<string, number>();
  const count = (name: string) => calls.set(name, (calls.get(name) ?? 0) + 1);

  function visible(principal: Principal, id: string): StoredSession {
    const session = sessions.get(id);
    const isReader = principal.kind === "user" && session?.readers.has(principal.user_id) === true;
    const allowed = principal.kind === "user" && (principal.role === "admin" || session?.owner === principal.user_id || isReader);
    if (session === undefined || !allowed) throw new AppError("NOT_FOUND", "there is no such session");
    return session;
  }

  function store(id: string, session: StoredSession, events: readonly RuntimeEvent[], silent: boolean): void {
    const from = session.texts.length + 1;
    for (const event of events) {
      const stored: SessionEvent = { ...event, session_id: id, seq: session.texts.length + 1, at: Date.now() };
      session.texts.push(JSON.stringify(stored));
    }
    const to = session.texts.length;
    if (!silent && to >= from) bus.publish(`session.${id}`, { session_id: id, from, to, events: session.texts.slice(from - 1) });
  }

  async function ingest(link: RuntimeLink, frame: EventsFrame): Promise<{ ordinal: number }> {
    count("ingest");
    await standIn.beforeIngest();
    const session = sessions.get(frame.session_id);
    if (session === undefined) throw new AppError("NOT_FOUND", "there is no such session");
    if (session.runtime_id !== link.runtime_id) throw new AppError("FORBIDDEN", "the session belongs to another runtime");
    if (session.stream !== frame.stream) {
      session.stream = frame.stream;
      session.ordinal = 0;
    }
    if (frame.from > session.ordinal + 1) throw new AppError("CONFLICT", `expected ordinal ${session.ordinal + 1}`);
    const fresh = frame.events.slice(session.ordinal + 1 - frame.from);
    session.ordinal += fresh.length;
    store(frame.session_id, session, fresh, false);
    return { ordinal: session.ordinal };
  }

  const noFiles = () => Promise.reject(new AppError("NOT_FOUND", "there is no such file"));
  const services: Services = {
    async execute(name, principal, input) {
      count(name);
      standIn.inputs.push({ operation: name, input });
      await standIn.beforeExecute(name, input);
      if (principal.kind !== "user") throw new AppError("UNAUTHENTICATED", "sign in");
      const { user_id: id, username, role } = principal;
      const output: unknown = name === "me.get" ? { id, username, role, created_at: "2026-01-01T00:00:00Z" } : { done: name };
      return output as never;
    },
    events: {
      async open(principal, id) {
        count("open");
        return visible(principal, id).texts.length;
      },
      async page(id, after) {
        count("page");
        const texts = sessions.get(id)?.texts;
        if (texts === undefined) throw new AppError("NOT_FOUND", "there is no such session");
        const events: string[] = [];
        let bytes = 0;
        for (const text of texts.slice(after, after + PAGE_EVENTS)) {
          if (bytes > 0 && bytes + text.length > PAGE_BYTES) break;
          events.push(text);
          bytes += text.length;
        }
        return { from: after + 1, to: after + events.length, head: texts.length, events };
      },
      async heads(ids) {
        count("heads");
        return new Map(ids.map((id) => [id, sessions.get(id)?.texts.length ?? 0]));
      },
    },
    runtimes: {
      async connect(hello, headerToken) {
        const token = headerToken ?? hello.token;
        if (token === undefined || token !== tokens[hello.runtime_id])
          throw new AppError("UNAUTHENTICATED", "the runtime's token is wrong");
        const epoch = (epochs.get(hello.runtime_id) ?? 0) + 1;
        epochs.set(hello.runtime_id, epoch);
        const positions = hello.sessions.flatMap(({ session_id, stream }) => {
          const session = sessions.get(session_id);
          if (session?.runtime_id !== hello.runtime_id) return [];
          return [{ session_id, stream, acked_ordinal: session.stream === stream ? session.ordinal : 0 }];
        });
        return { link: { runtime_id: hello.runtime_id, epoch }, sessions: positions, max_file_bytes: 20_000_000 };
      },
      async offer() {
        count("offer");
      },
      heard: () => void count("heard"),
      async disconnected(link) {
        standIn.disconnected.push(link);
      },
      ingest,
      async pending(link, after) {
        count("pending");
        return (commands.get(link.runtime_id) ?? []).filter(({ ordinal }) => ordinal > after).slice(0, 50);
      },
      async acknowledge(_link, frame) {
        standIn.acknowledged.push(frame);
      },
      attach: () => void count("attach"),
      async terminalLost(_link, run) {
        standIn.lost.push(run);
      },
      respond: () => void count("respond"),
    },
    terminals: {
      async watch(principal, id) {
        count("watch");
        await standIn.beforeWatch(id);
        const session = visible(principal, id);
        const may_hold = principal.kind === "user" && principal.user_id === session.owner;
        return { runtime_id: session.runtime_id, may_hold, open: session.open };
      },
    },
    files: { upload: noFiles, uploadRecording: noFiles, uploadMade: noFiles, download: noFiles, downloadForRuntime: noFiles },
    logins: {
      async alive(principal) {
        count("alive");
        return !standIn.revoked.has(principal.login_id);
      },
    },
    async sweep() {
      count("sweep");
    },
  };

  const standIn: StandIn = {
    services,
    bus,
    calls,
    sessions,
    acknowledged: [],
    disconnected: [],
    inputs: [],
    revoked: new Set(),
    lost: [],
    beforeWatch: () => Promise.resolve(),
    beforeIngest: () => Promise.resolve(),
    beforeExecute: () => Promise.resolve(),
    addSession: (id, owner, runtimeId = "r1") =>
      void sessions.set(id, { owner, runtime_id: runtimeId, stream: "", ordinal: 0, texts: [], readers: new Set(), open: undefined }),
    append(id, events, silent = false) {
      const session = sessions.get(id);
      if (session === undefined) throw new Error(`no session ${id}`);
      store(id, session, events, silent);
    },
    command(runtimeId, command, silent = false) {
      const list = commands.get(runtimeId) ?? [];
      commands.set(runtimeId, list);
      list.push({ ordinal: list.length + 1, command });
      if (!silent) bus.publish(`runtime.${runtimeId}`, null);
    },
  };
  return standIn;
}

/** Deltas `from`..`to`, each recognisable by its number. */
export function deltas(from: number, to: number, fill = ""): RuntimeEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({
    type: "message.delta" as const,
    kind: "stdout" as const,
    text: `${from + index}${fill}`,
    message_id: "m1",
  }));
}
