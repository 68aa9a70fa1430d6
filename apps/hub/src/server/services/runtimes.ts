/** Runtimes: letting one in, storing what it says, handing it what it must do. */
import { type AckedPosition, AppError, type CommandKind, type EventDraft } from "@fairlead/protocol";
import type { Decision, DecisionInput } from "../storage/contract.ts";
import type { CommandAckFrame, EventsFrame, HelloFrame, RuntimeLink, Services } from "./contract.ts";
import type { ServiceDependencies } from "./dependencies.ts";
import type { Endpoints } from "./endpoints.ts";
import type { Presence } from "./presence.ts";
import { recordRefusal } from "./refused-commands.ts";
import type { Rulings } from "./rulings.ts";
import { claimEpoch } from "./runtime-epochs.ts";
import type { RuntimeRequests } from "./runtime-requests.ts";
import { createTokenCheck } from "./runtime-tokens.ts";

/** Commands handed to a connection at once; it asks again from the last one. */
const COMMANDS_AT_ONCE = 200;

/** The longest list a hello can hold: one that is full may leave sessions out. */
const MOST_POSITIONS = 10_000;

interface Parts {
  readonly endpoints: Endpoints;
  readonly presence: Presence;
  readonly rulings: Rulings;
  readonly requests: RuntimeRequests;
}

export function createRuntimes(deps: ServiceDependencies, { endpoints, presence, rulings, requests }: Parts): Services["runtimes"] {
  const { bus, clock, log } = deps;
  const { prisma, log: eventLog, commands } = deps.db;
  const fits = createTokenCheck(deps.config.auth.runtime_tokens);

  /** What the runtime calls itself, else what the config calls it, else its id. */
  function nameOf(hello: HelloFrame): string {
    const configured = deps.config.auth.runtime_tokens.find((entry) => entry.runtime_id === hello.runtime_id)?.name;
    return [hello.name, configured].find((name) => name !== undefined && name !== "") ?? hello.runtime_id;
  }

  /**
   * Up to where each stream named in the hello is stored; 0 for a stream the hub has not heard of. Only sessions that are not this
   * runtime's are left out: the runtime forgets those.
   */
  async function acknowledged(hello: HelloFrame) {
    const ids = hello.sessions.map((position) => position.session_id);
    const open = await openTurns(hello);
    const stored = await eventLog.positions(hello.runtime_id, ids);
    return hello.sessions.flatMap(({ session_id, stream }) => {
      const position = stored.get(session_id);
      if (position === undefined) return [];
      return [{ session_id, stream, acked_ordinal: position.stream === stream ? position.ordinal : 0, ...open.get(session_id) }];
    });
  }

  /** The turns that the log holds for running or waiting, of the sessions named in the hello. */
  async function openTurns(hello: HelloFrame): Promise<Map<string, Pick<AckedPosition, "running_turn" | "queued_turns">>> {
    const named = new Set(hello.sessions.map((position) => position.session_id));
    const where = { runtimeId: hello.runtime_id, activity: { in: ["running", "needs_approval", "queued"] } };
    const open = new Map<string, Pick<AckedPosition, "running_turn" | "queued_turns">>();
    for (const { id } of await prisma.session.findMany({ where, select: { id: true } })) {
      const record = named.has(id) ? await eventLog.session(id) : undefined;
      if (record === undefined) continue;
      const { turn, queue } = record.state;
      open.set(id, {
        ...(turn === null ? {} : { running_turn: turn.turn_id }),
        ...(queue.length === 0 ? {} : { queued_turns: queue.map((queued) => queued.turn_id) }),
      });
    }
    return open;
  }

  /**
   * A connection that was taken over must change nothing any more. Not FORBIDDEN, which would tell the runtime to forget the
   * session: the same events are welcome on its newer connection.
   */
  function fence(link: RuntimeLink): void {
    if (presence.isCurrent(link)) return;
    throw new AppError("UNAVAILABLE", "a newer connection of this runtime has taken over");
  }

  /** Turns that the log holds for running in sessions the runtime has no memory of (its disk was lost) will never end by themselves. */
  async function endForgotten(hello: HelloFrame): Promise<void> {
    if (hello.sessions.length >= MOST_POSITIONS) return;
    const remembered = new Set(hello.sessions.map((position) => position.session_id));
    const where = { runtimeId: hello.runtime_id, OR: [{ activity: { in: ["running", "needs_approval"] } }, UNOPENED] };
    for (const { id } of await prisma.session.findMany({ where, select: { id: true } })) {
      if (!remembered.has(id)) await eventLog.append(id, decideForgotten);
    }
  }

  function saveHeard(link: RuntimeLink, data: { lastHeardAt: Date; connected?: boolean; disconnectedAt?: Date }): Promise<unknown> {
    return prisma.runtime.updateMany({ where: { id: link.runtime_id, epoch: link.epoch }, data });
  }

  async function leave(link: RuntimeLink): Promise<void> {
    const heardAt = presence.heardAt(link.runtime_id);
    requests.detach(link);
    if (!presence.disconnected(link)) return;
    bus.publish("endpoints", { runtime_id: link.runtime_id });
    const now = clock.now();
    await saveHeard(link, { lastHeardAt: new Date(heardAt ?? now), connected: false, disconnectedAt: new Date(now) });
  }

  return {
    async connect(hello, headerToken) {
      if (!fits(hello.runtime_id, headerToken ?? hello.token)) {
        throw new AppError("UNAUTHENTICATED", "this runtime is not known here, or its token is wrong");
      }
      const now = clock.now();
      const facts = { id: hello.runtime_id, name: nameOf(hello), version: hello.version, now: new Date(now) };
      const link: RuntimeLink = { runtime_id: hello.runtime_id, epoch: await claimEpoch(prisma, facts) };
      presence.connected(link, now);
      try {
        await endpoints.store(link.runtime_id, hello.endpoints);
        await endForgotten(hello);
        const positions = await acknowledged(hello);
        bus.publish("endpoints", { runtime_id: link.runtime_id });
        return { link, sessions: positions, max_file_bytes: deps.config.storage.max_file_bytes };
      } catch (thrown) {
        // Nobody will say that this connection has ended, because it never stood.
        await leave(link);
        throw thrown;
      }
    },

    async offer(link, offers) {
      fence(link);
      await endpoints.store(link.runtime_id, offers);
      bus.publish("endpoints", { runtime_id: link.runtime_id });
    },

    heard(link) {
      const now = clock.now();
      if (!presence.heard(link, now)) return;
      saveHeard(link, { lastHeardAt: new Date(now) }).catch((err: unknown) => {
        log.warn({ runtime_id: link.runtime_id, err }, "could not save when a runtime was last heard");
      });
    },

    disconnected: leave,

    async ingest(link, frame: EventsFrame) {
      fence(link);
      const react = await rulings.reactionTo(frame);
      const { session_id, stream, from, events } = frame;
      const batch = { session_id, runtime_id: link.runtime_id, stream, from, events };
      const { approval_expiry: expiry } = deps.config.session;
      return eventLog.ingest({
        ...batch,
        ...(expiry === 0 ? {} : { approvals_expire_in: expiry }),
        ...(react === undefined ? {} : { react }),
      });
    },

    async pending(link, after) {
      if (!presence.isCurrent(link)) return [];
      return commands.pending(link.runtime_id, { after, limit: COMMANDS_AT_ONCE });
    },

    async acknowledge(link, frame: CommandAckFrame) {
      fence(link);
      // First what follows from a refusal, then its record: a hub that dies in between is told again.
      const command = frame.state === "failed" ? await commands.find(link.runtime_id, frame.id) : undefined;
      if (command !== undefined) {
        const kind: CommandKind = command.kind;
        log.info({ runtime_id: link.runtime_id, session_id: command.session_id, kind }, "a runtime refused a command");
        await recordRefusal(deps, command, frame.error);
      }
      await commands.acknowledge(link.runtime_id, frame.id, frame.state, frame.error);
    },

    async terminalLost(link, { session_id, terminal_id }) {
      fence(link);
      await eventLog.append(session_id, ({ session: { state, runtime_id } }) => {
        const stands = runtime_id === link.runtime_id && state.terminal?.terminal_id === terminal_id && state.terminal.state === "open";
        return { drafts: stands ? [lost(terminal_id, "the runtime has no such program running")] : [], value: undefined };
      });
    },

    attach: (link, send) => requests.attach(link, send),
    respond: (link, frame) => requests.respond(link, frame),
  };
}

function decideForgotten({ session: { state } }: DecisionInput): Decision<undefined> {
  const reason = "the runtime came back without any memory of this";
  const drafts: EventDraft[] = state.approvals.map(({ approval_id, turn_id }) => ({
    type: "approval.withdrawn",
    approval_id,
    reason,
    ...(turn_id === undefined ? {} : { turn_id }),
  }));
  if (state.turn !== null) {
    drafts.push({ type: "turn.failed", turn_id: state.turn.turn_id, error: { kind: "interrupted", message: reason } });
  }
  if (state.terminal !== null && state.terminal.state !== "closed") drafts.push(lost(state.terminal.terminal_id, reason));
  return { drafts, value: undefined };
}

function lost(terminal_id: string, error: string): EventDraft {
  return { type: "terminal.closed", terminal_id, reason: "lost", error };
}

/** Terminals asked for whose command the runtime said it had carried out: it is not told again. */
const UNOPENED = {
  kind: "terminal",
  activity: "queued",
  commands: { none: { kind: "terminal.open", state: { in: ["stored", "delivered"] } } },
};
