/**
 * Carries terminals between those who watch and the runtimes they run on. Of a binary frame it reads the header and rewrites the
 * number; it stores nothing, and what does not belong to an attachment that stands reaches nobody.
 */
import {
  type ClientFrame,
  MAX_TERMINAL_ATTACHMENTS,
  type RuntimeFrame,
  renumberTerminalFrame,
  TERMINAL_WINDOW_BYTES,
  type TerminalDetachReason,
} from "@fairlead/protocol";
import type { UserPrincipal } from "../domain/principal.ts";
import type { RuntimeLink } from "../services/contract.ts";
import type { Environment } from "./environment.ts";
import type { Pacing } from "./pacing.ts";
import { type GatewaySocket, refusalOf } from "./socket.ts";
import { createDoubts } from "./terminal-doubts.ts";
import { createRooms, isSameView } from "./terminal-rooms.ts";
import { type Client, createView, farViewerId, freeNumber, type Runtime, read, TO_RUNTIME, TO_VIEWER, type View } from "./terminal-view.ts";
import { createWaits } from "./terminal-waits.ts";

type FromClient<T extends ClientFrame["type"]> = Extract<ClientFrame, { type: T }>;
type FromRuntime<T extends RuntimeFrame["type"]> = Extract<RuntimeFrame, { type: T }>;

/** A client's socket, as the relay serves it. */
export interface RelayedClient {
  attach(frame: FromClient<"terminal.attach">): void;
  detach(frame: FromClient<"terminal.detach">): void;
  hold(frame: FromClient<"terminal.hold">): void;
  onBytes(bytes: Buffer): void;
  /** Looks again whether what it watches may be watched; `sessionId`: only there. */
  recheck(sessionId?: string): void;
  /** The socket is closed. */
  end(): void;
}

/** A runtime's socket, as the relay serves it. */
export interface RelayedRuntime {
  onAttached(frame: FromRuntime<"terminal.attached">): void;
  onDetached(frame: FromRuntime<"terminal.detached">): void;
  onBytes(bytes: Buffer): void;
  /** The socket is closed, or another has taken over. */
  end(): void;
}

export interface TerminalRelay {
  client(options: { readonly socket: GatewaySocket; readonly principal: UserPrincipal; readonly pacing: Pacing }): RelayedClient;
  /** Takes the place of an older socket of that runtime. */
  runtime(options: { readonly socket: GatewaySocket; readonly link: RuntimeLink }): RelayedRuntime;
  /** Views that stand or are being asked for. */
  views(): number;
  /** Called every few seconds. */
  tick(now: number): void;
}

/** Views that one terminal may have; each is told of all the others. */
const MOST_VIEWS = 64;
/** Payload bytes that may be on their way to a view. A runtime keeps to a quarter of it; one that does not is cut off from that view. */
const MOST_UNDRAWN_BYTES = 4 * TERMINAL_WINDOW_BYTES;
/** How long (ms) keys and size are kept for their holder when a runtime's connection breaks. */
const KEPT_MS = 5_000;

export function createTerminalRelay(environment: Omit<Environment, "relay">): TerminalRelay {
  const { services, bus, log, now, track } = environment;
  const clients = new Set<Client>();
  const runtimes = new Map<string, Runtime>();
  const rooms = createRooms<View>();
  const doubts = createDoubts(environment);

  /** Ends an attachment and says why. The runtime is told unless it said so itself or is gone. */
  function end(
    view: View,
    reason: TerminalDetachReason,
    { error, told = false }: { error?: string | undefined; told?: boolean } = {},
  ): void {
    if (view.stage === "over") return;
    const { client, number, runtime } = view;
    rooms.remove(view);
    view.stage = "over";
    client.views.delete(number);
    if (runtime?.views.delete(view.far) === true && !told) runtime.socket.send({ type: "terminal.detach", number: view.far });
    client.socket.send({ type: "terminal.detached", number, reason, ...(error === undefined ? {} : { error }) });
  }

  async function check(view: View, frame: FromClient<"terminal.attach">): Promise<void> {
    const { client, sessionId, viewer } = view;
    try {
      const watched = await services.terminals.watch(client.principal, sessionId);
      if (view.stage !== "checking") return;
      viewer.may_hold = watched.may_hold;
      view.open = watched.open;
      ask(view, frame, watched.runtime_id);
    } catch (thrown) {
      fail(view, thrown);
    }
  }

  function fail(view: View, thrown: unknown): void {
    const { code, message } = refusalOf(thrown);
    if (code === "NOT_FOUND" || code === "FORBIDDEN") {
      end(view, "forbidden", { error: message });
      return;
    }
    log.warn({ err: thrown, session_id: view.sessionId }, "a right to watch a terminal could not be looked up; the viewer asks again");
    if (view.stage !== "checking") return;
    end(view, "away", { error: message });
    view.client.waits.add(view.sessionId, "moment");
  }

  function ask(view: View, { terminal_id, offset }: FromClient<"terminal.attach">, runtimeId: string): void {
    const { client, sessionId, viewer } = view;
    for (const other of [...rooms.members(sessionId)]) if (isSameView(other.viewer, viewer)) end(other, "replaced");
    if (rooms.size(sessionId) >= MOST_VIEWS) {
      end(view, "limit", { error: `a terminal may be watched ${MOST_VIEWS} times at once` });
      return;
    }
    const runtime = runtimes.get(runtimeId);
    if (runtime === undefined) {
      end(view, "away");
      client.waits.add(sessionId, { runtime_id: runtimeId });
      return;
    }
    view.runtime = runtime;
    view.far = freeNumber(runtime);
    view.stage = "asked";
    runtime.views.set(view.far, view);
    rooms.add(view);
    const drawn = { ...(terminal_id === undefined ? {} : { terminal_id }), ...(offset === undefined ? {} : { offset }) };
    const { far: number } = view;
    const { may_hold } = viewer;
    runtime.socket.send({ type: "terminal.attach", number, session_id: sessionId, viewer_id: farViewerId(viewer), may_hold, ...drawn });
  }

  async function recheck(view: View): Promise<void> {
    try {
      await services.terminals.watch(view.client.principal, view.sessionId);
    } catch (thrown) {
      fail(view, thrown);
    }
  }

  function fromClient(client: Client, bytes: Buffer): void {
    const frame = read(client.socket, bytes, TO_RUNTIME);
    const view = frame === undefined ? undefined : client.views.get(frame.number);
    // One for a number that is not attached may have been on its way.
    if (frame === undefined || view?.stage !== "watching" || view.runtime === undefined) return;
    if (frame.kind === "credit") view.drawn = Math.min(Math.max(view.drawn, frame.position), view.sent);
    else if (!rooms.isHolder(view)) return;
    const { socket } = view.runtime;
    renumberTerminalFrame(bytes, view.far);
    socket.sendBinary(bytes);
    if (socket.lagging) client.pacing.holdFor(view.runtime, socket.drained());
  }

  function fromRuntime(runtime: Runtime, bytes: Buffer): void {
    const frame = read(runtime.socket, bytes, TO_VIEWER);
    const view = frame === undefined ? undefined : runtime.views.get(frame.number);
    if (frame === undefined || view?.stage !== "watching") return;
    if (frame.kind === "output" || frame.kind === "snapshot") view.sent += frame.payload.length;
    if (view.sent - view.drawn > MOST_UNDRAWN_BYTES) {
      log.warn({ runtime_id: runtime.link.runtime_id, session_id: view.sessionId }, "a runtime sends a viewer more than it draws");
      end(view, "limit", { error: "the runtime sent more than this viewer had room for; attach again" });
      return;
    }
    renumberTerminalFrame(bytes, view.number);
    view.client.socket.sendBinary(bytes);
  }

  function onAttached(runtime: Runtime, frame: FromRuntime<"terminal.attached">): void {
    const view = runtime.views.get(frame.number);
    if (view?.stage !== "asked") return;
    view.stage = "watching";
    view.client.socket.send({ ...frame, number: view.number });
    if (view.wants !== "nothing" && view.viewer.may_hold) rooms.hold(view, view.wants);
    rooms.changed(view.sessionId);
  }

  function onDetached(runtime: Runtime, { number, reason, error }: FromRuntime<"terminal.detached">): void {
    const view = runtime.views.get(number);
    if (view === undefined) return;
    const { client, sessionId, open } = view;
    if (reason === "away") rooms.keepFor(view, now());
    end(view, reason, { error, told: true });
    if (reason === "away") client.waits.add(sessionId, "moment");
    if (reason !== "ended") return;
    client.waits.add(sessionId, "opened");
    if (open !== undefined) doubts.add(runtime.link, { session_id: sessionId, terminal_id: open });
  }

  function leave(runtime: Runtime): void {
    const { runtime_id } = runtime.link;
    if (runtimes.get(runtime_id) === runtime) runtimes.delete(runtime_id);
    for (const view of [...runtime.views.values()]) {
      rooms.keepFor(view, now());
      end(view, "away", { told: true });
      view.client.waits.add(view.sessionId, { runtime_id });
    }
  }

  return {
    client({ socket, principal, pacing }) {
      const waits = createWaits(bus, (sessionId) => socket.send({ type: "terminal.available", session_id: sessionId }));
      const client: Client = { socket, principal, pacing, views: new Map(), waits };
      clients.add(client);
      return {
        attach(frame) {
          const { number, session_id: sessionId } = frame;
          if (client.views.has(number)) {
            socket.refuse("CONFLICT", `the number ${number} is attached already; detach it first`, { session_id: sessionId });
            return;
          }
          if (client.views.size >= MAX_TERMINAL_ATTACHMENTS) {
            const error = `a socket may watch ${MAX_TERMINAL_ATTACHMENTS} terminals; detach one first`;
            socket.send({ type: "terminal.detached", number, reason: "limit", error });
            return;
          }
          waits.drop(sessionId);
          const view = createView(client, frame);
          client.views.set(number, view);
          track(check(view, frame));
        },
        detach({ number }) {
          const view = client.views.get(number);
          if (view !== undefined) end(view, "detached");
        },
        hold({ number, on }) {
          const view = client.views.get(number);
          if (view === undefined) return;
          view.wants = on ? "over" : "nothing";
          if (view.stage !== "watching") return;
          if (!on) rooms.giveBack(view);
          else if (view.viewer.may_hold) rooms.hold(view, "over");
          else socket.refuse("FORBIDDEN", "you may watch this terminal, not type into it", { session_id: view.sessionId });
        },
        onBytes(bytes) {
          pacing.count(bytes.length, now());
          fromClient(client, bytes);
        },
        recheck(sessionId) {
          const views = [...client.views.values()].filter((view) => sessionId === undefined || view.sessionId === sessionId);
          for (const view of views) track(recheck(view));
        },
        end() {
          clients.delete(client);
          waits.clear();
          for (const view of [...client.views.values()]) end(view, "detached");
          rooms.forget((view) => view.client === client);
        },
      };
    },

    runtime({ socket, link }) {
      const before = runtimes.get(link.runtime_id);
      if (before !== undefined) leave(before);
      const runtime: Runtime = { socket, link, views: new Map(), next: 0 };
      runtimes.set(link.runtime_id, runtime);
      for (const { waits } of clients) waits.connected(link.runtime_id);
      return {
        onAttached: (frame) => onAttached(runtime, frame),
        onDetached: (frame) => onDetached(runtime, frame),
        onBytes: (bytes) => fromRuntime(runtime, bytes),
        end: () => leave(runtime),
      };
    },

    views() {
      const near = [...clients].reduce((sum, { views }) => sum + views.size, 0);
      const far = [...runtimes.values()].reduce((sum, { views }) => sum + views.size, 0);
      return Math.max(near, far, rooms.count());
    },

    tick(time) {
      for (const { waits } of clients) waits.tick();
      doubts.tick(time);
      rooms.forget((_view, since) => time - since >= KEPT_MS);
    },
  };
}
