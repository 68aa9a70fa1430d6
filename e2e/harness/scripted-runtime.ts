/** A runtime whose agents do what a test says: it speaks the protocol to a real hub and runs no process. */
import { randomUUID } from "node:crypto";
import {
  type AgentEvent,
  type EndpointOffer,
  hubToRuntimeFrameSchema,
  type RuntimeCommand,
  type RuntimeEvent,
  type RuntimeFrame,
} from "@fairlead/protocol";
import { WebSocket } from "ws";

type CommandOf<K extends RuntimeCommand["kind"]> = Extract<RuntimeCommand, { kind: K }>;

/** A turn as its script sees it. */
export interface ScriptedTurn {
  readonly command: CommandOf<"turn.start">;
  /** What the agent says or does, within the turn. */
  tell(...events: readonly AgentEvent[]): void;
  /** Aborted when a person stops the turn. */
  readonly stopped: AbortSignal;
  /** Resolves with the next answer to an approval. */
  answer(): Promise<CommandOf<"approval.answer">>;
}

export interface ScriptedRuntimeOptions {
  readonly port: number;
  readonly id: string;
  readonly token: string;
  readonly endpoints: readonly EndpointOffer[];
  /** Plays a turn; it is over when this resolves. Rejecting fails the turn with that message. */
  readonly play: (turn: ScriptedTurn) => Promise<Extract<RuntimeEvent, { type: "turn.failed" }>["error"] | undefined>;
  /** What the agent says when one of its options is to change. */
  readonly configure?: (command: CommandOf<"session.configure">) => readonly AgentEvent[];
}

export interface ScriptedRuntime {
  /** Events of a session outside of any turn. */
  tell(sessionId: string, ...events: readonly RuntimeEvent[]): void;
  close(): Promise<void>;
}

interface Running {
  readonly turn_id: string;
  readonly stop: AbortController;
  answered: (command: CommandOf<"approval.answer">) => void;
}

export async function startScriptedRuntime(options: ScriptedRuntimeOptions): Promise<ScriptedRuntime> {
  const ws = new WebSocket(`ws://127.0.0.1:${options.port}/ws/runtime`, { headers: { authorization: `Bearer ${options.token}` } });
  const stream = randomUUID();
  const ordinals = new Map<string, number>();
  const running = new Map<string, Running>();
  const queues = new Map<string, CommandOf<"turn.start">[]>();
  const send = (frame: RuntimeFrame) => ws.readyState === WebSocket.OPEN && ws.send(JSON.stringify(frame));

  const tell = (sessionId: string, ...events: readonly RuntimeEvent[]) => {
    if (events.length === 0) return;
    const from = (ordinals.get(sessionId) ?? 0) + 1;
    ordinals.set(sessionId, from + events.length - 1);
    send({ type: "events", session_id: sessionId, stream, from, events: [...events] });
  };

  const play = async (command: CommandOf<"turn.start">) => {
    const { session_id, turn_id } = command;
    const stop = new AbortController();
    const state: Running = { turn_id, stop, answered: () => undefined };
    running.set(session_id, state);
    const began = Date.now();
    tell(session_id, { type: "turn.started", turn_id });
    const error = await options.play({
      command,
      tell: (...events) => tell(session_id, ...events.map((event) => ({ ...event, turn_id }) as RuntimeEvent)),
      stopped: stop.signal,
      answer: () =>
        new Promise((resolve) => {
          state.answered = resolve;
        }),
    });
    const duration_ms = Date.now() - began;
    running.delete(session_id);
    if (error !== undefined) tell(session_id, { type: "turn.failed", turn_id, error, duration_ms });
    else tell(session_id, { type: "turn.completed", turn_id, stop_reason: stop.signal.aborted ? "cancelled" : "end_turn", duration_ms });
    const next = queues.get(session_id)?.shift();
    if (next !== undefined) await play(next);
  };

  const begin = (command: CommandOf<"turn.start">) => {
    const { session_id, turn_id, steers } = command;
    const current = running.get(session_id);
    if (current === undefined) void play(command);
    else if (steers === current.turn_id) tell(session_id, { type: "turn.steered", turn_id, into: current.turn_id });
    else queues.set(session_id, [...(queues.get(session_id) ?? []), command]);
  };

  const cancel = ({ session_id, turn_id }: CommandOf<"turn.cancel">) => {
    if (running.get(session_id)?.turn_id === turn_id) return running.get(session_id)?.stop.abort();
    queues.set(
      session_id,
      (queues.get(session_id) ?? []).filter((waiting) => waiting.turn_id !== turn_id),
    );
    tell(session_id, { type: "turn.completed", turn_id, stop_reason: "cancelled" });
  };

  const obey = (command: RuntimeCommand) => {
    for (const state of ["delivered", "applied"] as const) send({ type: "command.ack", id: command.id, state });
    if (command.kind === "turn.start") begin(command);
    if (command.kind === "turn.cancel") cancel(command);
    if (command.kind === "approval.answer") {
      tell(command.session_id, { type: "approval.applied", approval_id: command.approval_id });
      running.get(command.session_id)?.answered(command);
    }
    if (command.kind === "session.configure") tell(command.session_id, ...(options.configure?.(command) ?? []));
  };

  const pings = setInterval(() => send({ type: "ping" }), 5_000);
  await new Promise<void>((resolve, reject) => {
    ws.once("open", () => {
      const endpoints = [...options.endpoints];
      send({ type: "runtime.hello", protocol: [1], runtime_id: options.id, version: "0.1.0", endpoints, sessions: [] });
    });
    ws.once("error", reject);
    ws.on("message", (data) => {
      const frame = hubToRuntimeFrameSchema.parse(JSON.parse(String(data)));
      if (frame.type === "hello.ack") {
        if (frame.ok) resolve();
        else reject(new Error(frame.error));
      }
      if (frame.type === "command") obey(frame.command);
    });
  });
  return {
    tell,
    async close() {
      clearInterval(pings);
      const closed = new Promise((resolve) => ws.once("close", resolve));
      ws.close();
      await closed;
    },
  };
}
