/** Messages: posting one as an event and a command in one transaction, and reading a log as messages. */
import { randomUUID } from "node:crypto";
import {
  type Actor,
  AppError,
  type Attachment,
  byteLength,
  type EventDraft,
  MAX_MESSAGE_BYTES,
  MAX_QUEUED_TURNS,
  type OperationArguments,
  type OperationOutput,
  sessionEventSchema,
} from "@fairlead/protocol";
import { actorOf, type UserPrincipal } from "../domain/principal.ts";
import { isUnused, titleFromMessage } from "../domain/titles.ts";
import type { Decision, DecisionInput, SessionRecord } from "../storage/contract.ts";
import type { ServiceDependencies } from "./dependencies.ts";
import type { Endpoints, KnownEndpoint } from "./endpoints.ts";
import type { Files } from "./files.ts";
import { readMessages } from "./message-pages.ts";
import { implementOn } from "./operation.ts";
import { createReadable } from "./readable.ts";
import type { Sessions } from "./sessions.ts";

type Sent = OperationOutput<"messages.send">;

interface Post {
  readonly endpoint: KnownEndpoint;
  /** Why the endpoint cannot take it, or undefined. */
  readonly refusal: string | undefined;
  /** Why a suspended session cannot be woken, or undefined. */
  readonly noRoom: AppError | undefined;
  readonly message_id: string;
  readonly content: string;
  readonly attachments: readonly Attachment[];
  /** Goes into the running turn where the agent takes more. */
  readonly steer: boolean;
  /** Milliseconds from now; undefined: never. */
  readonly expires_in: number | undefined;
  readonly by: Actor;
}

export interface MessageNeeds {
  readonly endpoints: Endpoints;
  readonly sessions: Sessions;
  readonly files: Pick<Files, "describe">;
}

export function createMessages(deps: Pick<ServiceDependencies, "db" | "config">, { endpoints, sessions, files }: MessageNeeds) {
  const { prisma, log: eventLog } = deps.db;
  const readable = createReadable(deps);

  async function send(principal: UserPrincipal, input: OperationArguments<"messages.send">, session: SessionRecord): Promise<Sent> {
    const bytes = byteLength(input.content);
    if (bytes > MAX_MESSAGE_BYTES) {
      throw new AppError("TOO_LARGE", `the message has ${bytes} bytes; at most ${MAX_MESSAGE_BYTES} can be sent`);
    }
    const endpoint = await endpoints.find(session.endpoint_id);
    if (endpoint === undefined) throw new AppError("CONFLICT", "this session's endpoint is gone");
    const byDefault = deps.config.session.message_expiry === 0 ? undefined : deps.config.session.message_expiry;
    const post: Post = {
      endpoint,
      refusal: endpoints.refusal(endpoint),
      noRoom: session.state.closed === "idle" ? await roomFault(session.user_id) : undefined,
      message_id: input.message_id ?? randomUUID(),
      content: input.content,
      attachments: await files.describe(session.id, input.attachments ?? []),
      steer: input.steer === true && endpoint.capabilities.steer,
      expires_in: input.expires_in === undefined ? byDefault : input.expires_in * 1_000,
      by: actorOf(principal),
    };
    const appended = await eventLog.append(session.id, (decision) => decidePost(decision, post), { message_id: post.message_id });
    const { posted, turn_id, offset } = appended.value;
    if (posted !== undefined) {
      await requireSame(session.id, posted, input.content);
      return { seq: posted, message_id: post.message_id, turn_id };
    }
    return { seq: appended.from + offset, message_id: post.message_id, turn_id };
  }

  async function roomFault(userId: string): Promise<AppError | undefined> {
    try {
      await sessions.requireRoom(userId);
      return undefined;
    } catch (thrown) {
      if (thrown instanceof AppError) return thrown;
      throw thrown;
    }
  }

  /** A retry must say the same; another text under the same id is a mistake of the caller. */
  async function requireSame(sessionId: string, seq: number, content: string): Promise<void> {
    const page = await eventLog.read(sessionId, { after_seq: seq - 1, limit: 1 });
    const event = sessionEventSchema.parse(JSON.parse(page.events[0] ?? "null"));
    if (event.type === "message.posted" && event.content === content) return;
    throw new AppError("CONFLICT", "another message was posted under this message_id");
  }

  return {
    operations: {
      "messages.send": implementOn("messages.send", {
        verb: "session.write",
        subject: ({ session_id }) => readable.session(session_id),
        run: ({ principal }, input, session) => send(principal, input, session),
      }),
      "messages.list": implementOn("messages.list", {
        verb: "session.read",
        subject: ({ session_id }) => readable.session(session_id),
        run: (_context, input) => readMessages(prisma, input),
      }),
    },
  };
}

interface Posted {
  /** The number the message has already, when it was posted before. */
  readonly posted: number | undefined;
  readonly turn_id: string;
  /** How many events stand before the message in this decision. */
  readonly offset: number;
}

/** A retry of what is in the log changes nothing, whatever has happened since; so it is looked at first. */
function decidePost({ session, posted, now }: DecisionInput, post: Post): Decision<Posted> {
  if (posted !== undefined) return { drafts: [], value: { posted: posted.seq, turn_id: posted.turn_id, offset: 0 } };
  const { state } = session;
  if (state.terminal !== null) throw new AppError("CONFLICT", "this session is a terminal; type into it (terminals.write)");
  if (state.closed === "user" || state.closed === "admin") {
    throw new AppError("CONFLICT", "this session is closed; start a new one");
  }
  if (post.refusal !== undefined) throw new AppError("CONFLICT", post.refusal);
  if (state.closed === "idle" && post.noRoom !== undefined) throw post.noRoom;
  if (state.queue.length >= MAX_QUEUED_TURNS) {
    throw new AppError("LIMIT_EXCEEDED", `${state.queue.length} messages wait already; send more when some have been answered`);
  }
  const { message_id, content, by } = post;
  const attachments = post.attachments.length === 0 ? {} : { attachments: [...post.attachments] };
  const turn_id = randomUUID();
  const expires_at = post.expires_in === undefined ? undefined : now + post.expires_in;
  const steers = post.steer && state.turn !== null && !state.turn.stop_requested ? { steers: state.turn.turn_id } : {};
  const before: EventDraft[] = state.closed === "idle" ? [{ type: "session.reopened", by }] : [];
  const message: EventDraft = {
    type: "message.posted",
    turn_id,
    message_id,
    content,
    by,
    ...attachments,
    ...(expires_at === undefined ? {} : { expires_at }),
    ...steers,
  };
  return {
    drafts: [...before, message, ...named(session, post)],
    commands: [
      {
        command: {
          id: randomUUID(),
          session_id: session.id,
          kind: "turn.start",
          turn_id,
          message_id,
          endpoint_id: session.local_endpoint_id,
          content,
          native_id: state.native_id,
          ...attachments,
          ...steers,
          ...(state.worktree ? { worktree: true } : {}),
        },
        expires_at,
      },
    ],
    value: { posted: undefined, turn_id, offset: before.length },
  };
}

/** The first message names a session that still has the title it was given for want of a better one. */
function named({ state }: SessionRecord, { endpoint, content, by }: Post): EventDraft[] {
  const title = isUnused(state) && state.title === endpoint.name ? titleFromMessage(content) : undefined;
  return title === undefined ? [] : [{ type: "session.renamed", title, by }];
}
