/** A hub's services on a real SQLite file for tests, with two users, an admin and a runtime that can be made to come and go. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  type EndpointOffer,
  type EventDraft,
  hubConfigSchema,
  type OperationArguments,
  type OperationInput,
  type OperationName,
  type OperationOutput,
  PLAIN_ABILITIES,
  type Role,
  type RuntimeEvent,
  type SessionEvent,
  sessionEventSchema,
} from "@fairlead/protocol";
import { createDiskStore } from "../../blobs/disk-store.ts";
import type { BusMessages } from "../../bus/bus.ts";
import { createMemoryBus } from "../../bus/memory-bus.ts";
import type { UserPrincipal } from "../../domain/principal.ts";
import { type Db, openDb } from "../../storage/db.ts";
import { createAudit } from "../audit.ts";
import type { HelloFrame, RuntimeLink } from "../contract.ts";
import { createServices, type InjectedOperations } from "../index.ts";
import { implement, type ServiceLog } from "../operation.ts";

const root = resolve(import.meta.dirname, "../../../../../..");
const FACTS = { address: "127.0.0.1" };
export const TOKEN = "runtime-one-secret";

/** What the auth and health parts give; the services never look inside. */
const outside: InjectedOperations = {
  "health.live": implement("health.live", { run: async () => ({ status: "ok", uptime: "1s", version: "0.1.0" }) }),
  "health.ready": implement("health.ready", { run: async () => ({ status: "ready" }) }),
  "auth.config": implement("auth.config", { run: async () => ({ provider: "builtin" }) }),
  "auth.login": implement("auth.login", { run: async () => ({ token: "t", expires_at: new Date().toISOString() }) }),
  "auth.logout": implement("auth.logout", { run: async () => ({ status: "logged_out" }) }),
};

export const CAPABILITIES = {
  ...PLAIN_ABILITIES,
  exec_model: "interactive",
  turn_completion: true,
  approvals: true,
  files: true,
} as const;

export function offer(id: string, more: Partial<EndpointOffer> = {}): EndpointOffer {
  return { id, name: `The ${id}`, profile: "generic-cli", tags: {}, capabilities: CAPABILITIES, ...more };
}

interface KitOptions {
  readonly session?: object;
  readonly storage?: object;
  /** Another database than a file of its own: a Postgres that the test has started. */
  readonly dsn?: string;
}

export type Kit = Awaited<ReturnType<typeof createKit>>;

export async function createKit(options: KitOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-services-"));
  const time = { now: Date.parse("2026-01-02T03:04:05.000Z") };
  const bus = createMemoryBus();
  const dsn = join(folder, "hub.db");
  const config = hubConfigSchema.parse({
    auth: {
      jwt_secret: "x".repeat(32),
      runtime_tokens: [
        { runtime_id: "r1", token: TOKEN, name: "Runtime one" },
        { runtime_id: "r2", token: "runtime-two-secret" },
      ],
    },
    session: options.session ?? {},
    storage: { dsn, ...options.storage },
  });
  const lines: { level: string; fields: object; text: string }[] = [];
  const write = (level: string) => (fields: object, text: string) => void lines.push({ level, fields, text });
  const log: ServiceLog = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  const where = options.dsn === undefined ? ({ driver: "sqlite", dsn } as const) : ({ driver: "postgres", dsn: options.dsn } as const);
  const db: Db = await openDb({ ...where, root, bus, now: () => time.now });
  const clock = { now: () => time.now };
  const build = () =>
    createServices({
      config,
      db,
      blobs: createDiskStore(join(folder, "files")),
      bus,
      clock,
      audit: createAudit({ prisma: db.prisma, clock, log, storage: config.storage }),
      log,
      hashPassword: async (password) => `hash:${password.length}`,
      operations: outside,
    });
  const services = build();

  async function addUser(username: string, role: Role): Promise<UserPrincipal> {
    const id = `u-${username}`;
    const createdAt = new Date(time.now);
    await db.prisma.user.create({ data: { id, username, usernameLower: username, passwordHash: "-", role, createdAt } });
    const login_id = `l-${username}`;
    await db.prisma.login.create({ data: { id: login_id, userId: id, createdAt, expiresAt: new Date(time.now + 86_400_000) } });
    return { kind: "user", user_id: id, username, role, login_id };
  }
  const ann = await addUser("ann", "user");
  const bob = await addUser("bob", "user");
  const root_ = await addUser("root", "admin");

  const call = <N extends OperationName>(as: UserPrincipal, name: N, input: OperationInput<N>): Promise<OperationOutput<N>> =>
    services.execute(name, as, input, FACTS);

  /** Connects runtime one (or another) with these endpoints. */
  function connect(hello: Partial<HelloFrame> = {}, token: string | undefined = TOKEN) {
    return services.runtimes.connect(
      { type: "runtime.hello", protocol: [1], runtime_id: "r1", version: "0.1.0", endpoints: [offer("bash")], sessions: [], ...hello },
      token,
    );
  }

  const ordinals = new Map<string, number>();
  /** Sends events as a runtime does, with the next ordinals of the session's stream. */
  async function report(link: RuntimeLink, session_id: string, ...events: RuntimeEvent[]): Promise<void> {
    const from = (ordinals.get(session_id) ?? 0) + 1;
    await services.runtimes.ingest(link, { type: "events", session_id, stream: "stream-1", from, events });
    ordinals.set(session_id, from + events.length - 1);
  }

  async function events(session_id: string): Promise<SessionEvent[]> {
    const page = await db.log.read(session_id, { after_seq: 0, limit: 10_000 });
    return page.events.map((text) => sessionEventSchema.parse(JSON.parse(text)));
  }

  /** Everything a runtime would be sent now. */
  async function commands(link: RuntimeLink) {
    return (await services.runtimes.pending(link, 0)).map((entry) => entry.command);
  }

  async function newSession(as: UserPrincipal, input: Partial<OperationArguments<"sessions.create">> = {}) {
    return call(as, "sessions.create", { endpoint_id: "bash", ...input });
  }

  /** Subjects and messages published from now on. */
  function hints(subject: keyof BusMessages & string): unknown[] {
    const heard: unknown[] = [];
    bus.subscribe(subject, (message) => heard.push(message));
    return heard;
  }

  return {
    services,
    folder,
    restarted: build,
    db,
    bus,
    time,
    lines,
    ann,
    bob,
    admin: root_,
    call,
    connect,
    report,
    events,
    commands,
    newSession,
    hints,
    async close() {
      await db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Types of a log, for comparing its shape. */
export function types(events: readonly EventDraft[]): string[] {
  return events.map((event) => event.type);
}
