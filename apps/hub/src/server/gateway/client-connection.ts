/** One socket of `/ws/client`: hello, subscriptions, calls, hints, terminals; it ends when its login does. */
import {
  AppError,
  type ClientFrame,
  clientFrameSchema,
  commonVersion,
  decodeFrame,
  isOperationName,
  PRODUCT_VERSION,
} from "@fairlead/protocol";
import type { UserPrincipal } from "../domain/principal.ts";
import { createCallQueue } from "./client-calls.ts";
import type { Environment } from "./environment.ts";
import { createHints } from "./hints.ts";
import { createPacing } from "./pacing.ts";
import { type GatewaySocket, referenceOf, refusalOf } from "./socket.ts";
import { type Subscription, subscribe } from "./subscription.ts";
import { createTokenBucket } from "./token-bucket.ts";

export interface ClientConnection {
  onText(text: string): void;
  onBytes(bytes: Buffer): void;
  /** Called every few seconds. */
  tick(now: number): void;
  end(): void;
}

export interface ClientOptions {
  readonly environment: Environment;
  readonly socket: GatewaySocket;
  readonly principal: UserPrincipal;
  readonly address: string;
}

type Frame<T extends ClientFrame["type"]> = Extract<ClientFrame, { type: T }>;

/** Serves an authenticated client until `end`. */
export function serveClient(options: ClientOptions): ClientConnection {
  const { environment, socket, principal } = options;
  const { services, bus, log, limits, fanout, relay, now, track } = environment;
  const facts = { address: options.address };
  const bucket = createTokenBucket(limits.framesPerSecond, limits.frameBurst);
  const subscriptions = new Map<string, Subscription | symbol>(); // a symbol: being opened
  const calls = createCallQueue(limits, () => socket.unsent < limits.callPauseBytes);
  const pacing = createPacing({ socket, frames: limits.binaryFrames, bytes: limits.binaryBytes });
  const terminals = relay.client({ socket, principal, pacing });
  const hints = createHints((frame) => socket.send(frame), limits.hintGapMs);
  const leave: (() => void)[] = [];
  let stage: "new" | "greeting" | "ready" | "ended" = "new";
  /** Frames that came while the hello was being answered; the token bucket bounds them. */
  let early: string[] = [];
  let loginCheckedAt = now();

  const deadline = setTimeout(() => socket.close("HelloTimeout"), limits.helloDeadlineMs);

  function unsubscribe(sessionId: string): void {
    const subscription = subscriptions.get(sessionId);
    if (subscription === undefined) return;
    subscriptions.delete(sessionId);
    if (typeof subscription === "symbol") return;
    subscription.end();
    fanout.release(sessionId);
  }

  async function hello(frame: Frame<"client.hello">): Promise<void> {
    const protocol = commonVersion(frame.protocol);
    if (protocol === undefined) {
      socket.refuse("UNSUPPORTED", `no protocol version in common; offered: ${frame.protocol.join(", ")}`);
      socket.close("VersionMismatch");
      return;
    }
    stage = "greeting";
    clearTimeout(deadline);
    const user = await services.execute("me.get", principal, {}, facts);
    if (ended()) return;
    leave.push(
      bus.subscribe(`user.${principal.user_id}`, ({ topic, id }) => hints.note(topic, id)),
      bus.subscribe("endpoints", () => hints.note("endpoints")),
      bus.subscribe(`access.${principal.user_id}`, ({ session_id }) => recheck(session_id)),
    );
    if (principal.role === "admin") leave.push(bus.subscribe("approvals", ({ session_id }) => hints.note("approvals", session_id)));
    stage = "ready";
    socket.send({
      type: "hello.ack",
      protocol,
      version: PRODUCT_VERSION,
      user,
      heartbeat_ms: limits.heartbeatMs,
      silence_limit_ms: limits.silenceLimitMs,
      max_frame_bytes: limits.maxClientFrameBytes,
      now: now(),
    });
    const texts = early;
    early = [];
    for (const text of texts) take(text);
  }

  async function open({ session_id: sessionId, after_seq: afterSeq }: Frame<"client.subscribe">): Promise<void> {
    // A second subscription moves the first: the client wants the log from another place.
    unsubscribe(sessionId);
    if (subscriptions.size >= limits.maxSubscriptions) {
      throw new AppError("LIMIT_EXCEEDED", `a socket may watch ${limits.maxSubscriptions} sessions; unsubscribe from one first`);
    }
    const opening = Symbol(sessionId);
    subscriptions.set(sessionId, opening);
    // Held before the check, so that what is committed meanwhile is known.
    const channel = fanout.hold(sessionId);
    let kept = false;
    try {
      channel.raise(await services.events.open(principal, sessionId));
      if (ended() || subscriptions.get(sessionId) !== opening) return;
      socket.send({ type: "subscribed", session_id: sessionId, after_seq: afterSeq, head: channel.head });
      const onGone = (error: AppError) => {
        unsubscribe(sessionId);
        socket.refuse(error.code, error.message, { session_id: sessionId });
      };
      subscriptions.set(sessionId, subscribe({ channel, socket, afterSeq, log, onGone }));
      kept = true;
    } finally {
      if (!kept) {
        fanout.release(sessionId);
        if (subscriptions.get(sessionId) === opening) subscriptions.delete(sessionId);
      }
    }
  }

  /** What this user may see has changed: a view that is not allowed any more ends. */
  function recheck(sessionId: string): void {
    terminals.recheck(sessionId);
    if (subscriptions.has(sessionId)) track(recheckSubscription(sessionId));
  }

  async function recheckSubscription(sessionId: string): Promise<void> {
    try {
      await services.events.open(principal, sessionId);
    } catch (error) {
      if (refusalOf(error).code !== "NOT_FOUND") {
        log.warn({ err: error }, "a right to read a session could not be looked up again; it stands until the next look");
        return;
      }
      unsubscribe(sessionId);
      refuse(error, { session_id: sessionId });
    }
  }

  async function call({ id, operation, input }: Frame<"call">): Promise<void> {
    try {
      if (!isOperationName(operation)) throw new AppError("NOT_FOUND", `there is no operation "${operation}"`);
      const output = await services.execute(operation, principal, input ?? {}, facts);
      socket.send({ type: "result", id, output });
      if (socket.unsent >= limits.callPauseBytes) track(socket.drained().then(calls.proceed));
    } catch (error) {
      refuse(error, { id });
    }
  }

  function refuse(error: unknown, reference: { id?: string; session_id?: string }): void {
    const refusal = refusalOf(error);
    if (!(error instanceof AppError)) log.error({ err: error }, "a client frame could not be served");
    socket.refuse(refusal.code, refusal.message, reference);
  }

  function handle(frame: ClientFrame): void {
    switch (frame.type) {
      case "client.hello":
        socket.refuse("CONFLICT", "hello was said before");
        return;
      case "ping":
        socket.send({ type: "pong", now: now() });
        return;
      case "client.subscribe":
        track(open(frame).catch((error: unknown) => refuse(error, { session_id: frame.session_id })));
        return;
      case "terminal.attach":
        terminals.attach(frame);
        return;
      case "terminal.detach":
        terminals.detach(frame);
        return;
      case "terminal.hold":
        terminals.hold(frame);
        return;
      case "client.unsubscribe":
        unsubscribe(frame.session_id);
        return;
      case "call": {
        const run = () => {
          const work = call(frame);
          track(work);
          return work;
        };
        const taken = calls.add({ operation: frame.operation, input: frame.input, run });
        if (!taken) socket.refuse("LIMIT_EXCEEDED", "too many calls of this socket are waiting; await their results", { id: frame.id });
      }
    }
  }

  function decode(text: string): ClientFrame | undefined {
    try {
      return decodeFrame(clientFrameSchema, text);
    } catch (error) {
      refuse(error, referenceOf(text));
      return undefined;
    }
  }

  function greet(text: string): void {
    const frame = decode(text);
    if (frame?.type === "client.hello") {
      track(
        hello(frame).catch((error: unknown) => {
          refuse(error, {});
          socket.close(refusalOf(error).code === "UNAUTHENTICATED" ? "Unauthenticated" : "Internal");
        }),
      );
      return;
    }
    if (frame !== undefined) socket.refuse("INVALID_INPUT", `the first frame must be client.hello, not ${frame.type}`);
    socket.close("BadFrame");
  }

  function take(text: string): void {
    const frame = decode(text);
    if (frame !== undefined) handle(frame);
  }

  const ended = () => stage === "ended";

  async function checkLogin(): Promise<void> {
    try {
      if (!(await services.logins.alive(principal))) socket.close("Unauthenticated");
    } catch (error) {
      log.warn({ err: error }, "a login could not be checked; its socket stays open until the next check");
    }
  }

  leave.push(bus.subscribe(`login.${principal.login_id}`, () => socket.close("Unauthenticated")));

  return {
    onText(text) {
      if (ended()) return;
      if (!bucket.take(now())) {
        socket.refuse("LIMIT_EXCEEDED", `more than ${limits.framesPerSecond} frames a second; slow down`, referenceOf(text));
      } else if (stage === "new") {
        greet(text);
      } else if (stage === "greeting") {
        early.push(text);
      } else {
        take(text);
      }
    },
    onBytes(bytes) {
      if (ended()) return;
      if (stage === "new") {
        socket.refuse("INVALID_INPUT", "the first frame must be client.hello, not a binary frame");
        socket.close("BadFrame");
        return;
      }
      terminals.onBytes(bytes);
    },
    tick(time) {
      if (time - loginCheckedAt < limits.loginCheckMs) return;
      loginCheckedAt = time;
      terminals.recheck();
      track(checkLogin());
    },
    end() {
      stage = "ended";
      clearTimeout(deadline);
      for (const undo of leave) undo();
      for (const sessionId of [...subscriptions.keys()]) unsubscribe(sessionId);
      hints.stop();
      pacing.stop();
      terminals.end();
      calls.clear();
    },
  };
}
