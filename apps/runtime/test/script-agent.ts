/** An agent for tests that lives in the process: does what the message says, word by word, and honours the adapter contract. */
import { PLAIN_ABILITIES } from "@fairlead/protocol";
import type { AdapterEvent, AgentSession, OpenSession, RunningEndpoint, TurnResult } from "../src/adapters/contract.ts";
import type { FindAdapter } from "../src/offers.ts";

export interface ScriptAgents {
  readonly bind: FindAdapter;
  /** Every input an agent was given, over all sessions. */
  readonly inputs: string[];
  /** Sessions whose agent is open, and how often each was opened. */
  readonly open: Set<string>;
  readonly opened: string[];
  readonly nativeIds: (string | null)[];
  readonly answers: string[];
  /** Texts taken into a running turn, options set, and the settings each agent was opened with. */
  readonly steered: string[];
  readonly configured: string[];
  readonly settings: Readonly<Record<string, string>>[];
  takesSteering: boolean;
  /** It tells whether it took a text into its turn only by `settleSteering`. */
  keepsSteering: boolean;
  settleSteering(taken: boolean): void;
  /** What a resumed agent asks for; default: what it had asked before. */
  asksAfterResume: string | undefined;
  /** It tells of the call it asks for; one that waits when the process ends stays open, as after a kill. */
  tellsCalls: boolean;
  /** It never tells whether it took an answer, nor acts on it. */
  keepsAnswers: boolean;
  /** The label of an answer "always" that it offers, too. */
  always: string | undefined;
  unavailable: string | undefined;
  /** Lets something be said outside of a turn. */
  say(sessionId: string, event: AdapterEvent): void;
  /** Times a flooding agent was told to pause. */
  pauses: number;
}

/**
 * Messages: `echo TEXT`, `wait` (until stopped), `deaf` (not even then), `fail`, `throw`, `ask WHAT`,
 * `ask WHAT and wait`, `native ID`, `flood BYTES`, `out BYTES` (one piece), `file TEXT` (makes `made.txt`), `wrong` (an event that
 * breaks the schema).
 */
export function createScriptAgents(): ScriptAgents {
  const sessions = new Map<string, OpenSession>();
  const agents: ScriptAgents = {
    inputs: [],
    open: new Set(),
    opened: [],
    nativeIds: [],
    answers: [],
    steered: [],
    configured: [],
    settings: [],
    takesSteering: true,
    keepsSteering: false,
    settleSteering: () => undefined,
    asksAfterResume: undefined,
    tellsCalls: false,
    keepsAnswers: false,
    always: undefined,
    unavailable: undefined,
    pauses: 0,
    say: (sessionId, event) => sessions.get(sessionId)?.emit(event),
    bind: () => ({
      capabilities: {
        ...PLAIN_ABILITIES,
        resume: true,
        steer: true,
        exec_model: "interactive",
        turn_completion: true,
        approvals: true,
        files: false,
      },
      unavailable: async () => agents.unavailable,
      probe: async () => undefined,
      start: (): RunningEndpoint => ({ open: async (options) => openSession(options), stop: async () => undefined }),
    }),
  };

  function openSession(options: OpenSession): AgentSession {
    const { session_id, emit } = options;
    sessions.set(session_id, options);
    agents.open.add(session_id);
    agents.opened.push(session_id);
    agents.nativeIds.push(options.native_id);
    agents.settings.push(options.settings ?? {});
    let answered: ((option: string) => void) | undefined;
    let asked = 0;

    async function flood(bytes: number, signal: AbortSignal, stopped: Promise<unknown>): Promise<void> {
      for (let left = bytes; left > 0 && !signal.aborted; left -= 65_536) {
        if (emit({ type: "message.delta", kind: "stdout", text: "y".repeat(Math.min(left, 65_536)) })) continue;
        agents.pauses += 1;
        await Promise.race([options.resumed(), stopped]);
      }
    }

    const tellCall = (event: AdapterEvent) => agents.tellsCalls && emit(event);

    async function ask(what: string, stopped: Promise<"cancelled">): Promise<TurnResult> {
      const offered = [
        { id: "yes", kind: "allow_once" as const, label: "Yes" },
        ...(agents.always === undefined ? [] : [{ id: "always", kind: "allow_always" as const, label: agents.always }]),
        { id: "no", kind: "reject_once" as const, label: "No" },
      ];
      const title = what === "" ? "May I?" : `May I ${what}?`;
      asked += 1;
      const approval_id = `${session_id}${options.native_id === null ? "" : "-again"}-a${asked === 1 ? "" : asked}`;
      const tool_call_id = `${approval_id}-call`;
      tellCall({ type: "tool.started", tool_call_id, tool: "t", title, kind: "other", status: "pending" });
      emit({ type: "approval.requested", approval_id, tool: "t", title, options: offered, input: { what } });
      const answer = await Promise.race([stopped, new Promise<string>((resolve) => (answered = resolve))]);
      if (answer === "cancelled") emit({ type: "approval.withdrawn", approval_id, reason: "stopped" });
      else tellCall({ type: "tool.updated", tool_call_id, status: "completed" });
      answered = undefined;
      if (what.endsWith("and wait")) return wait(stopped);
      return { ok: true, stop_reason: answer === "cancelled" ? "cancelled" : "end_turn" };
    }

    async function wait(stopped: Promise<"cancelled">): Promise<TurnResult> {
      emit({ type: "message.delta", kind: "stdout", text: "waiting" });
      return { ok: true, stop_reason: await stopped };
    }

    async function runTurn(text: string, signal: AbortSignal): Promise<TurnResult> {
      const [verb, rest = ""] = text.split(/ (.*)/s);
      const stopped = new Promise<"cancelled">((resolve) => {
        if (signal.aborted) resolve("cancelled");
        signal.addEventListener("abort", () => resolve("cancelled"));
      });
      switch (verb) {
        case "wait":
          return wait(stopped);
        case "deaf":
          return new Promise(() => undefined);
        case "fail":
          return { ok: false, error: { kind: "exit", message: "it failed", exit_code: 3 } };
        case "throw":
          throw new Error("the adapter broke its contract");
        case "ask":
          return ask(rest, stopped);
        // How a resumed agent is told what was decided while it was away: it does what it had wanted, or something else.
        case "You":
          return ask(agents.asksAfterResume ?? /"May I (.*)\?"/.exec(rest)?.[1] ?? "", stopped);
        case "native":
          emit({ type: "session.identified", native_id: rest });
          return { ok: true, stop_reason: "end_turn" };
        case "out":
          emit({ type: "message.delta", kind: "stdout", text: "x".repeat(Number(rest)) });
          return { ok: true, stop_reason: "end_turn", exit_code: 0 };
        case "flood":
          await flood(Number(rest), signal, stopped);
          return { ok: true, stop_reason: signal.aborted ? "cancelled" : "end_turn" };
        case "file":
          emit({ type: "file.made", name: "made.txt", mime_type: "text/plain", source: { base64: Buffer.from(rest).toString("base64") } });
          return { ok: true, stop_reason: "end_turn" };
        case "wrong":
          emit({ type: "file.produced", name: "", path: "", mime_type: "text/plain", size: -1 });
          return { ok: true, stop_reason: "end_turn" };
        default:
          emit({ type: "message.delta", kind: "answer", text: rest });
          return { ok: true, stop_reason: "end_turn" };
      }
    }

    return {
      runTurn(input, signal) {
        agents.inputs.push(input.text);
        return runTurn(input.text, signal);
      },
      async answer(approvalId, answer) {
        agents.answers.push(`${approvalId}=${answer.option_id}`);
        if (agents.keepsAnswers) return new Promise(() => undefined);
        const waited = answered !== undefined;
        answered?.(answer.option_id);
        return waited;
      },
      async steer({ text }) {
        if (agents.keepsSteering) return new Promise((resolve) => (agents.settleSteering = resolve));
        if (agents.takesSteering) agents.steered.push(text);
        return agents.takesSteering;
      },
      async configure(optionId, valueId) {
        if (valueId === "bad") throw new Error("no such value");
        agents.configured.push(`${optionId}=${valueId}`);
      },
      async close() {
        agents.open.delete(session_id);
      },
    };
  }

  return agents;
}
