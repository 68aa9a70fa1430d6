/** Sessions: list, create, get, rename, remember what was read, close. */
import { randomUUID } from "node:crypto";
import { AppError, type EventDraft, type OperationArguments, type OperationOutput, type Session } from "@fairlead/protocol";
import { actorOf, type Principal, type UserPrincipal } from "../domain/principal.ts";
import type { Decision, DecisionInput, NewCommand, SessionRecord } from "../storage/contract.ts";
import { closeCommand } from "./commands.ts";
import type { ServiceDependencies } from "./dependencies.ts";
import type { Endpoints, KnownEndpoint } from "./endpoints.ts";
import { createKeyedLock } from "./keyed-lock.ts";
import { implement, implementOn } from "./operation.ts";
import { createReadable } from "./readable.ts";
import { findSessionRow, toSession, withEndpoint } from "./session-rows.ts";

type Needs = Pick<ServiceDependencies, "db" | "bus" | "config">;

interface FirstWrites {
  readonly drafts: readonly EventDraft[];
  readonly commands?: readonly NewCommand[];
}

export function createSessions(deps: Needs, endpoints: Endpoints) {
  const { bus, config } = deps;
  const { prisma, log: eventLog } = deps.db;
  const readable = createReadable(deps);
  const perUser = createKeyedLock();

  /** Throws LIMIT_EXCEEDED when the user has as many open sessions as a user may have. */
  async function requireRoom(userId: string): Promise<void> {
    const most = config.session.max_per_user;
    const open = await prisma.session.count({ where: { userId, closedReason: null } });
    if (open >= most)
      throw new AppError(
        "LIMIT_EXCEEDED",
        `you have ${open} open sessions, and ${most} is the most that one person may have; close one first`,
      );
  }

  async function shown(id: string): Promise<Session> {
    const found = await findSessionRow(prisma, id);
    if (found === undefined) throw new AppError("NOT_FOUND", "there is no such session");
    return toSession(found.row);
  }

  /** Throws CONFLICT for what this agent cannot do, and for a session of its own that somebody goes on with already. */
  async function requireAbilities(
    principal: UserPrincipal,
    { id, name, capabilities }: KnownEndpoint,
    { worktree, native_id }: OperationArguments<"sessions.create">,
  ): Promise<void> {
    if (worktree === true && !capabilities.worktree) throw new AppError("CONFLICT", `${name} cannot work in a git worktree of its own`);
    if (native_id === undefined) return;
    if (worktree === true) {
      throw new AppError("CONFLICT", "an earlier session goes on in the folder it began in; leave out either worktree or native_id");
    }
    if (!capabilities.resume) throw new AppError("CONFLICT", `${name} cannot go on with an earlier session`);
    const taken = await prisma.session.findFirst({
      where: { endpointId: id, closedReason: null, state: { contains: `"native_id":${JSON.stringify(native_id)}` } },
      select: { title: true, userId: true },
    });
    if (taken === null) return;
    const which = taken.userId === principal.user_id ? `your session "${taken.title}"` : "a session of somebody else";
    throw new AppError("CONFLICT", `${which} goes on with it already; close that one first`);
  }

  async function create(principal: UserPrincipal, input: OperationArguments<"sessions.create">): Promise<Session> {
    const endpoint = await endpoints.find(input.endpoint_id);
    if (endpoint === undefined) throw new AppError("NOT_FOUND", "there is no such endpoint");
    const refusal = endpoints.refusal(endpoint);
    if (refusal !== undefined) throw new AppError("CONFLICT", refusal);
    await requireAbilities(principal, endpoint, input);
    if (endpoint.capabilities.terminal === "only") {
      throw new AppError("CONFLICT", `${endpoint.name} is a terminal; open it with terminals.open (POST /api/terminals)`);
    }
    const created: EventDraft = {
      type: "session.created",
      endpoint_id: endpoint.id,
      title: input.title ?? endpoint.name,
      by: actorOf(principal),
      ...(input.worktree === true ? { worktree: true } : {}),
      ...(input.native_id === undefined ? {} : { native_id: input.native_id }),
    };
    return begin(principal, endpoint, () => ({ drafts: [created] }));
  }

  /** Stores a new session with its first events and commands, if the user may have one more. */
  async function begin(principal: UserPrincipal, endpoint: KnownEndpoint, first: (id: string) => FirstWrites): Promise<Session> {
    const id = randomUUID();
    const { drafts, commands = [] } = first(id);
    const session = {
      id,
      user_id: principal.user_id,
      endpoint_id: endpoint.id,
      local_endpoint_id: endpoint.local_id,
      runtime_id: endpoint.runtime_id,
      profile: endpoint.profile,
    };
    await perUser(principal.user_id, async () => {
      await requireRoom(principal.user_id);
      await eventLog.create(session, drafts, commands);
    });
    return shown(id);
  }

  async function close(principal: UserPrincipal, { session_id }: { session_id: string }): Promise<OperationOutput<"sessions.close">> {
    const { value } = await eventLog.append(session_id, (input) => decideClose(principal, input), { with_undelivered: true });
    return { status: value };
  }

  async function list(userId: string, input: OperationArguments<"sessions.list">): Promise<Session[]> {
    const orderBy = [{ updatedAt: "desc" }, { id: "desc" }] as const;
    const search = input.search?.trim().toLowerCase() ?? "";
    if (search !== "") {
      const id = { in: await titled(userId, search, input) };
      return (await prisma.session.findMany({ where: { id }, include: withEndpoint, orderBy: [...orderBy] })).map(toSession);
    }
    const where = { userId, ...(input.state === undefined ? {} : { activity: input.state }) };
    const page = { orderBy: [...orderBy], skip: input.offset, take: input.limit };
    return (await prisma.session.findMany({ where, include: withEndpoint, ...page })).map(toSession);
  }

  /** `replace` finds the text itself in both databases, where LIKE would take `%` and `_` for patterns. */
  async function titled(userId: string, text: string, page: OperationArguments<"sessions.list">): Promise<string[]> {
    const rows = await prisma.$queryRaw<{ id: string }[]>`
      SELECT "id" FROM "Session"
      WHERE "userId" = ${userId} AND replace("titleLower", ${text}, '') <> "titleLower"
        AND (${page.state ?? ""} = '' OR "activity" = ${page.state ?? ""})
      ORDER BY "updatedAt" DESC, "id" DESC LIMIT ${page.limit} OFFSET ${page.offset}`;
    return rows.map((row) => row.id);
  }

  return {
    requireRoom,
    begin,
    shown,
    close,
    operations: {
      "sessions.list": implement("sessions.list", { run: ({ principal }, input) => list(principal.user_id, input) }),
      "sessions.create": implement("sessions.create", { run: ({ principal }, input) => create(principal, input) }),
      "sessions.get": implementOn("sessions.get", {
        verb: "session.read",
        subject: ({ session_id }) => findSessionRow(prisma, session_id),
        run: async (_context, _input, { row }) => toSession(row),
      }),
      "sessions.rename": implementOn("sessions.rename", {
        verb: "session.rename",
        subject: ({ session_id }) => readable.session(session_id),
        async run({ principal }, { session_id, title }) {
          const by = actorOf(principal);
          await eventLog.append(session_id, ({ session: current }) => ({
            drafts: current.state.title === title ? [] : [{ type: "session.renamed", title, by }],
            value: undefined,
          }));
          return shown(session_id);
        },
      }),
      "sessions.read": implementOn("sessions.read", {
        verb: "session.mark_read",
        subject: ({ session_id }) => findSessionRow(prisma, session_id),
        async run(_context, { session_id, seq }, { row }) {
          const to = Math.min(seq, row.lastSeq);
          const moved = await prisma.session.updateMany({ where: { id: session_id, readSeq: { lt: to } }, data: { readSeq: to } });
          // Other devices drop their badge; every other change of a session is told by the log itself.
          if (moved.count > 0) bus.publish(`user.${row.userId}`, { topic: "sessions", id: session_id });
          return { read_seq: moved.count > 0 ? to : Math.max(to, row.readSeq) };
        },
      }),
      "sessions.close": implementOn("sessions.close", {
        verb: "session.close",
        subject: ({ session_id }) => readable.session(session_id),
        run: ({ principal }, input) => close(principal, input),
      }),
    },
  };
}
export type Sessions = ReturnType<typeof createSessions>;

/** Ends what waits, then the session. A suspended session is closed too, but its agent has ended already. */
function decideClose(principal: Principal, { session, undelivered }: DecisionInput): Decision<"closed" | "already_closed"> {
  const { closed } = session.state;
  if (closed === "user" || closed === "admin") return { drafts: [], value: "already_closed" };
  const waiting = undelivered.filter(({ kind }) => kind === "turn.start" || kind === "terminal.open");
  const drafts: EventDraft[] = waiting.flatMap(({ turn_id }) =>
    turn_id === null ? [] : [{ type: "turn.completed", turn_id, stop_reason: "cancelled" }],
  );
  drafts.push({ type: "session.closed", reason: closedBy(principal, session), by: actorOf(principal) });
  return {
    drafts,
    withdraw: waiting.map((command) => command.id),
    // Sent even when everything was withdrawn: a command may be on its way with its acknowledgement still missing.
    commands: closed === "idle" ? [] : [closeCommand(session.id)],
    value: "closed",
  };
}

function closedBy(principal: Principal, session: SessionRecord): "user" | "admin" {
  return principal.kind === "user" && principal.user_id === session.user_id ? "user" : "admin";
}
