/** One socket of `/ws/runtime`: hello, events to the log with cumulative acks, commands in order with theirs, terminals. */
import { AppError, commonVersion, decodeFrame, PRODUCT_VERSION, type RuntimeFrame, runtimeFrameSchema } from "@fairlead/protocol";
import type { CommandAckFrame, HelloFrame, RuntimeLink } from "../services/contract.ts";
import type { Environment } from "./environment.ts";
import { type Commands, createCommands } from "./runtime-commands.ts";
import { createIngest } from "./runtime-ingest.ts";
import { type GatewaySocket, labelsOf, refusalOf } from "./socket.ts";
import type { RelayedRuntime } from "./terminal-relay.ts";

export interface RuntimeConnection {
  onText(text: string, bytes: number): void;
  onBytes(bytes: Buffer): void;
  /** Called every few seconds. */
  tick(now: number): void;
  end(): void;
}

/** The connections of this process by runtime id: a newer one takes the place of an older. */
export type RuntimeRegistry = Map<string, { readonly epoch: number; readonly supersede: () => void }>;

export interface RuntimeOptions {
  readonly environment: Environment;
  readonly socket: GatewaySocket;
  readonly registry: RuntimeRegistry;
  /** The token of the Authorization header. */
  readonly headerToken: string | undefined;
  /** The runtime has proved who it is; called at most once. */
  readonly onProven: () => void;
}

/** Serves a socket that has not said who it is yet. */
export function serveRuntime(options: RuntimeOptions): RuntimeConnection {
  const { environment, socket, registry } = options;
  const { services, bus, log, limits, now, track } = environment;
  let link: RuntimeLink | undefined;
  let commands: Commands | undefined;
  let leave: (() => void) | undefined;
  let terminals: RelayedRuntime | undefined;
  let greeting = false;
  let ended = false;
  /** Frames that came while the hello was being answered; reading is paused meanwhile, so these are few. */
  let early: { text: string; bytes: number }[] = [];
  let acknowledgements: Promise<void> = Promise.resolve();
  let heardAt = 0;
  let lookedAt = now();

  const deadline = setTimeout(() => socket.close("HelloTimeout"), limits.helloDeadlineMs);

  const ingest = createIngest({
    limits,
    track,
    ingest: (frame) => services.runtimes.ingest(linked(), frame),
    onStored: (stored) => socket.send({ type: "events.ack", ...stored }),
    onRefused: (sessionId, error) => refuseSession(sessionId, error),
    onFailed(sessionId, error) {
      const refusal = refusalOf(error);
      socket.refuse(refusal.code, refusal.message, { session_id: sessionId });
      if (!(error instanceof AppError)) log.error({ err: error, session_id: sessionId }, "events of a runtime could not be stored");
      socket.close(closeFor(refusal));
    },
    onPressure: (high) => (high ? socket.pause() : socket.resume()),
  });

  function linked(): RuntimeLink {
    if (link === undefined) throw new AppError("UNAUTHENTICATED", "say hello first");
    return link;
  }

  function refuseSession(sessionId: string, error: AppError): void {
    log.warn(
      { runtime_id: link?.runtime_id, session_id: sessionId, code: error.code },
      `events of a runtime were refused: ${error.message}`,
    );
    socket.refuse(error.code, `${error.message} (further events of this session are ignored on this connection)`, {
      session_id: sessionId,
    });
  }

  function refuseHello(error: string): void {
    socket.send({ type: "hello.ack", ok: false, error, sessions: [] });
  }

  async function hello(frame: HelloFrame): Promise<void> {
    const protocol = commonVersion(frame.protocol);
    if (protocol === undefined) {
      refuseHello(`no protocol version in common; offered: ${frame.protocol.join(", ")}`);
      socket.close("VersionMismatch");
      return;
    }
    greeting = true;
    clearTimeout(deadline);
    socket.pause();
    const connected = await services.runtimes.connect(frame, options.headerToken);
    if (ended) {
      await services.runtimes.disconnected(connected.link);
      return;
    }
    options.onProven();
    link = connected.link;
    const isNewest = takePlace(link);
    greeting = false;
    socket.send({
      type: "hello.ack",
      ok: true,
      protocol,
      version: PRODUCT_VERSION,
      epoch: link.epoch,
      heartbeat_ms: limits.heartbeatMs,
      silence_limit_ms: limits.silenceLimitMs,
      max_frame_bytes: limits.maxRuntimeFrameBytes,
      max_file_bytes: connected.max_file_bytes,
      sessions: [...connected.sessions],
    });
    log.info({ runtime_id: link.runtime_id, epoch: link.epoch }, "a runtime connected");
    services.runtimes.attach(link, (request) => socket.send(request));
    commands = createCommands({ socket, track, log, pending: (after) => services.runtimes.pending(linked(), after) });
    leave = bus.subscribe(`runtime.${link.runtime_id}`, () => commands?.look());
    commands.look();
    if (isNewest) terminals = environment.relay.runtime({ socket, link });
    const frames = early;
    early = [];
    for (const { text, bytes } of frames) take(text, bytes);
    socket.resume();
  }

  /** False when a newer connection has come first. */
  function takePlace({ runtime_id: runtimeId, epoch }: RuntimeLink): boolean {
    const other = registry.get(runtimeId);
    const supersede = () => socket.close("Superseded");
    if (other !== undefined && other.epoch > epoch) {
      supersede();
      return false;
    }
    registry.set(runtimeId, { epoch, supersede });
    other?.supersede();
    return true;
  }

  function greet(text: string): void {
    const frame = decode(text);
    if (frame?.type !== "runtime.hello") {
      if (frame !== undefined) refuseHello(`the first frame must be runtime.hello, not ${frame.type}`);
      socket.close("BadFrame");
      return;
    }
    track(
      hello(frame).catch((error: unknown) => {
        const refusal = refusalOf(error);
        if (!(error instanceof AppError)) log.error({ err: error }, "a runtime's hello could not be served");
        else log.warn({ runtime_id: frame.runtime_id, code: error.code }, `a runtime was refused: ${error.message}`);
        refuseHello(refusal.message);
        const unauthenticated = refusal.code === "UNAUTHENTICATED" || refusal.code === "FORBIDDEN";
        socket.close(unauthenticated ? "Unauthenticated" : closeFor(refusal));
      }),
    );
  }

  async function acknowledge(frame: CommandAckFrame): Promise<void> {
    try {
      await services.runtimes.acknowledge(linked(), frame);
    } catch (error) {
      const refusal = refusalOf(error);
      if (!(error instanceof AppError)) log.error({ err: error, command_id: frame.id }, "a command could not be acknowledged");
      socket.refuse(refusal.code, refusal.message);
    }
  }

  async function offer(frame: Extract<RuntimeFrame, { type: "runtime.endpoints" }>): Promise<void> {
    try {
      await services.runtimes.offer(linked(), frame.endpoints);
    } catch (error) {
      const refusal = refusalOf(error);
      if (!(error instanceof AppError)) log.error({ err: error }, "an offer could not be stored");
      socket.refuse(refusal.code, refusal.message);
    }
  }

  /** Acks and offers change rows one after the other, in the order they came. */
  function inOrder(work: () => Promise<void>): void {
    acknowledgements = acknowledgements.then(work);
    track(acknowledgements);
  }

  function decode(text: string): RuntimeFrame | undefined {
    try {
      return decodeFrame(runtimeFrameSchema, text);
    } catch (error) {
      const refusal = refusalOf(error);
      const { type, session_id: sessionId } = labelsOf(text);
      // Events that cannot be read would leave a gap that a reconnect cannot close, so that session alone is given up.
      if (type === "events" && sessionId !== undefined) {
        ingest.refuse(sessionId);
        refuseSession(sessionId, refusal);
      } else {
        socket.refuse(refusal.code, refusal.message, sessionId === undefined ? {} : { session_id: sessionId });
      }
      return undefined;
    }
  }

  function take(text: string, bytes: number): void {
    const frame = decode(text);
    if (frame === undefined) return;
    switch (frame.type) {
      case "runtime.hello":
        socket.refuse("CONFLICT", "hello was said before");
        return;
      case "events":
        ingest.add(frame, bytes);
        return;
      case "command.ack":
        inOrder(() => acknowledge(frame));
        return;
      case "response":
        services.runtimes.respond(linked(), frame);
        return;
      case "runtime.endpoints":
        inOrder(() => offer(frame));
        return;
      case "terminal.attached":
        terminals?.onAttached(frame);
        return;
      case "terminal.detached":
        terminals?.onDetached(frame);
        return;
      case "ping":
        socket.send({ type: "pong" });
    }
  }

  async function leaveServices(left: RuntimeLink): Promise<void> {
    try {
      await services.runtimes.disconnected(left);
    } catch (error) {
      log.warn({ err: error, runtime_id: left.runtime_id }, "a runtime could not be marked as away");
    }
  }

  return {
    onText(text, bytes) {
      if (ended) return;
      if (link === undefined && greeting) {
        early.push({ text, bytes });
        return;
      }
      if (link === undefined) {
        greet(text);
        return;
      }
      take(text, bytes);
    },
    onBytes(bytes) {
      if (ended) return;
      if (link !== undefined || greeting) {
        terminals?.onBytes(bytes);
        return;
      }
      refuseHello("the first frame must be runtime.hello, not a binary frame");
      socket.close("BadFrame");
    },
    tick(time) {
      if (link !== undefined && socket.heardAt > heardAt) {
        heardAt = socket.heardAt;
        services.runtimes.heard(link);
      }
      if (commands === undefined || time - lookedAt < limits.recheckMs) return;
      lookedAt = time;
      commands.look();
    },
    end() {
      ended = true;
      clearTimeout(deadline);
      leave?.();
      terminals?.end();
      ingest.stop();
      early = [];
      if (link === undefined) return;
      if (registry.get(link.runtime_id)?.epoch === link.epoch) registry.delete(link.runtime_id);
      log.info({ runtime_id: link.runtime_id, epoch: link.epoch }, "a runtime's connection ended");
      track(leaveServices(link));
    },
  };
}

/** What a failure that ends the connection is called when closing. */
function closeFor(refusal: AppError): "OrdinalGap" | "Unauthenticated" | "Superseded" | "Internal" {
  if (refusal.code === "CONFLICT") return "OrdinalGap";
  return refusal.code === "UNAUTHENTICATED" ? "Unauthenticated" : "Internal";
}
