/** Terminals: opening, listing and closing them. A terminal is a session; its bytes never come here. */
import { randomUUID } from "node:crypto";
import { type Actor, AppError, type EventDraft, type OperationArguments, type OperationOutput, type Session } from "@fairlead/protocol";
import { can } from "../domain/policies.ts";
import { actorOf, type Principal, type UserPrincipal } from "../domain/principal.ts";
import type { Decision, DecisionInput, NewCommand } from "../storage/contract.ts";
import type { WatchedTerminal } from "./contract.ts";
import type { ServiceDependencies } from "./dependencies.ts";
import type { Endpoints, KnownEndpoint } from "./endpoints.ts";
import { allow, implement, implementOn } from "./operation.ts";
import { createReadable, type ReadableSession } from "./readable.ts";
import { toSession, withEndpoint } from "./session-rows.ts";
import type { Sessions } from "./sessions.ts";

type Opening = OperationArguments<"terminals.open">;

interface Parts {
  readonly endpoints: Endpoints;
  readonly sessions: Sessions;
}

/** What asking for a terminal writes, whether the session is new or not. */
interface Request {
  readonly session_id: string;
  readonly local_endpoint_id: string;
  readonly input: Opening;
  readonly by: Actor;
  /** Milliseconds since the epoch; undefined: never. */
  readonly expires_at: number | undefined;
}

export function createTerminals(deps: Pick<ServiceDependencies, "db" | "config" | "clock">, { endpoints, sessions }: Parts) {
  const { prisma, log: eventLog } = deps.db;
  const readable = createReadable(deps);
  const subject = ({ session_id }: { readonly session_id: string }) => readable.session(session_id);

  /** Throws CONFLICT for an endpoint that cannot run now, or is not to be opened in a terminal. */
  async function usable(endpointId: string): Promise<KnownEndpoint> {
    const endpoint = await endpoints.find(endpointId);
    if (endpoint === undefined) throw new AppError("NOT_FOUND", "there is no such endpoint");
    const refusal = endpoints.refusal(endpoint);
    if (refusal !== undefined) throw new AppError("CONFLICT", refusal);
    if (endpoint.capabilities.terminal === "none") throw new AppError("CONFLICT", `${endpoint.name} does not open in a terminal`);
    return endpoint;
  }

  function expiry(): number | undefined {
    const { message_expiry: limit } = deps.config.session;
    return limit === 0 ? undefined : deps.clock.now() + limit;
  }

  async function openNew(principal: UserPrincipal, endpointId: string, input: Opening): Promise<Session> {
    const endpoint = await usable(endpointId);
    const by = actorOf(principal);
    const title = input.title ?? endpoint.name;
    const created: EventDraft = { type: "session.created", endpoint_id: endpoint.id, title, by, terminal: true };
    const expires_at = expiry();
    return sessions.begin(principal, endpoint, (session_id) => {
      const { draft, command } = requested({ session_id, local_endpoint_id: endpoint.local_id, input, by, expires_at });
      return { drafts: [created, draft], commands: [command] };
    });
  }

  async function openAgain(principal: UserPrincipal, session: ReadableSession, input: Opening): Promise<Session> {
    if (session.state.terminal === null) throw new AppError("CONFLICT", "this session is a chat; name an endpoint_id instead");
    await usable(session.endpoint_id);
    if (session.state.closed === "idle") await sessions.requireRoom(session.user_id);
    const by = actorOf(principal);
    const expires_at = expiry();
    const { id: session_id, local_endpoint_id } = session;
    await eventLog.append(session_id, (decision) => decideAgain(decision, { session_id, local_endpoint_id, input, by, expires_at }));
    return sessions.shown(session_id);
  }

  async function list({ user_id: userId }: UserPrincipal): Promise<OperationOutput<"terminals.list">> {
    const rows = await prisma.session.findMany({
      where: { kind: "terminal", closedReason: null, OR: [{ userId }, { shares: { some: { userId } } }] },
      include: { ...withEndpoint, user: { select: { username: true } } },
      orderBy: [{ updatedAt: "desc" }, { id: "desc" }],
      take: MOST_LISTED,
    });
    const found = await Promise.all(rows.map(async (row) => ({ row, record: await eventLog.session(row.id) })));
    return found.flatMap(({ row, record }) => {
      const terminal = record?.state.terminal ?? null;
      return terminal === null ? [] : [{ session: toSession(row), terminal, owner: row.user.username, shared: row.userId !== userId }];
    });
  }

  return {
    async watch(principal: Principal, sessionId: string): Promise<WatchedTerminal> {
      const session = allow(principal, "session.read", await readable.session(sessionId));
      const { terminal } = session.state;
      if (terminal === null) throw new AppError("NOT_FOUND", "there is no such terminal");
      const open = terminal.state === "open" ? terminal.terminal_id : undefined;
      return { runtime_id: session.runtime_id, may_hold: can(principal, "session.write", session), open };
    },

    operations: {
      "terminals.open": implement("terminals.open", {
        async run({ principal }, input) {
          if (input.endpoint_id !== undefined) return openNew(principal, input.endpoint_id, input);
          const session = await readable.session(input.session_id ?? "");
          return openAgain(principal, allow(principal, "session.write", session), input);
        },
      }),
      "terminals.list": implement("terminals.list", { run: ({ principal }) => list(principal) }),
      "terminals.close": implementOn("terminals.close", {
        verb: "session.close",
        subject,
        async run({ principal }, input, { state }) {
          requireTerminal(state);
          return sessions.close(principal, input);
        },
      }),
      "terminals.record": implementOn("terminals.record", {
        verb: "session.configure",
        subject,
        async run(_context, { session_id, on }) {
          await eventLog.append(session_id, (decision) => decideRecord(decision, on));
          return { status: "requested" };
        },
      }),
    },
  };
}

/** Open terminals told in one list. */
const MOST_LISTED = 500;

/** Throws CONFLICT for a chat. */
export function requireTerminal({ terminal }: ReadableSession["state"]): NonNullable<typeof terminal> {
  if (terminal === null) throw new AppError("CONFLICT", "this session is a chat, not a terminal");
  return terminal;
}

function requested({ session_id, local_endpoint_id, input, by, expires_at }: Request): {
  readonly draft: EventDraft;
  readonly command: NewCommand;
} {
  const { cols, rows, record } = input;
  const terminal_id = randomUUID();
  const size = { terminal_id, cols, rows };
  const recorded = record === undefined ? {} : { record };
  return {
    draft: { type: "terminal.requested", ...size, by },
    command: {
      command: { id: randomUUID(), session_id, kind: "terminal.open", endpoint_id: local_endpoint_id, ...size, ...recorded },
      expires_at,
    },
  };
}

function decideAgain({ session: { state } }: DecisionInput, request: Request): Decision<undefined> {
  const { closed, terminal } = state;
  if (closed === "user" || closed === "admin") throw new AppError("CONFLICT", "this terminal is closed; open a new one");
  if (terminal !== null && terminal.state !== "closed") throw new AppError("CONFLICT", `this terminal is ${terminal.state} already`);
  const { draft, command } = requested(request);
  const reopened: EventDraft[] = closed === "idle" ? [{ type: "session.reopened", by: request.by }] : [];
  return { drafts: [...reopened, draft], commands: [command], value: undefined };
}

function decideRecord({ session: { id, state } }: DecisionInput, on: boolean): Decision<undefined> {
  const terminal = requireTerminal(state);
  if (terminal.state === "closed") throw new AppError("CONFLICT", "this terminal's program has ended; open it again to record it");
  return { drafts: [], commands: [{ command: { id: randomUUID(), session_id: id, kind: "terminal.record", on } }], value: undefined };
}
