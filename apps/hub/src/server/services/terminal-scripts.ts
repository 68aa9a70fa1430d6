/** Terminals for scripts: look at the screen, type, wait for output. The runtime is asked; nothing of it is stored. */
import { AppError, type RuntimeRequest, type TerminalState } from "@fairlead/protocol";
import type { ResponseFrame } from "./contract.ts";
import type { ServiceDependencies } from "./dependencies.ts";
import { implementOn } from "./operation.ts";
import { createReadable, type ReadableSession } from "./readable.ts";
import type { RuntimeRequests } from "./runtime-requests.ts";
import { requireTerminal } from "./terminals.ts";

/** How long a call waits for a terminal that is being opened (ms). */
const OPENING_MS = 10_000;

export function createTerminalScripts(deps: Pick<ServiceDependencies, "db" | "bus">, requests: RuntimeRequests) {
  const { bus } = deps;
  const readable = createReadable(deps);
  const subject = ({ session_id }: { readonly session_id: string }) => readable.session(session_id);

  /** A script that opens a terminal types at once; its call waits until the program runs, or is known not to. */
  function settled(session: ReadableSession): Promise<TerminalState> {
    const now = requireTerminal(session.state);
    if (now.state !== "opening") return Promise.resolve(now);
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        leave();
        settle();
      };
      const look = () => {
        readable.session(session.id).then(
          (again) => {
            const terminal = again?.state.terminal ?? null;
            if (terminal !== null && terminal.state !== "opening") finish(() => resolve(terminal));
          },
          (error: unknown) => finish(() => reject(error)),
        );
      };
      const late = () =>
        finish(() => reject(new AppError("UNAVAILABLE", "the runtime has not opened this terminal yet", { retryAfter: 1 })));
      const timer = setTimeout(late, OPENING_MS);
      const leave = bus.subscribe(`session.${session.id}`, look);
      // Once more, for what was committed before the bus was listened to.
      look();
    });
  }

  /** What a runtime of another version left out is a failure, not an answer. */
  async function ask<K extends "screen" | "written" | "waited">(
    runtimeId: string,
    request: RuntimeRequest,
    part: K,
  ): Promise<NonNullable<ResponseFrame[K]>> {
    const answer = (await requests.ask(runtimeId, request))[part];
    if (answer === undefined) throw new AppError("UNAVAILABLE", "the runtime did not understand what it was asked; update it");
    return answer;
  }

  return {
    operations: {
      "terminals.screen": implementOn("terminals.screen", {
        verb: "session.read",
        subject,
        async run(_context, { session_id, history }, session) {
          requireReachable(requests, session);
          const { state, error } = await settled(session);
          try {
            return await ask(session.runtime_id, { kind: "terminal.screen", session_id, history }, "screen");
          } catch (thrown) {
            throw state === "closed" ? hasEnded(error) : thrown;
          }
        },
      }),
      "terminals.write": implementOn("terminals.write", {
        verb: "session.write",
        subject,
        async run(_context, { session_id, data }, session) {
          requireReachable(requests, session);
          const { state, error } = await settled(session);
          if (state === "closed") throw hasEnded(error);
          const { offset } = await ask(session.runtime_id, { kind: "terminal.write", session_id, data }, "written");
          return { status: "written", offset };
        },
      }),
      "terminals.wait": implementOn("terminals.wait", {
        verb: "session.read",
        subject,
        async run(_context, { session_id, pattern, after_offset, timeout }, session) {
          requirePattern(pattern);
          requireReachable(requests, session);
          const { state } = await settled(session);
          const from = after_offset === undefined ? {} : { after_offset };
          const request = { kind: "terminal.wait", session_id, pattern, timeout: Math.ceil(timeout * 1_000), ...from } as const;
          try {
            return await ask(session.runtime_id, request, "waited");
          } catch (thrown) {
            // The runtime may have forgotten a program that is over; that it is over is all there is to say then.
            if (state !== "closed" || (thrown instanceof AppError && thrown.code === "LIMIT_EXCEEDED")) throw thrown;
            return { outcome: "closed", match: null, offset: after_offset ?? 0 };
          }
        },
      }),
    },
  };
}

/** Throws CONFLICT for a chat and UNAVAILABLE for a runtime that is away, before anything is waited for. */
function requireReachable(requests: RuntimeRequests, { runtime_id, state }: ReadableSession): void {
  requireTerminal(state);
  if (!requests.isAttached(runtime_id)) throw new AppError("UNAVAILABLE", "its runtime is not connected", { retryAfter: 5 });
}

function requirePattern(pattern: string): void {
  try {
    new RegExp(pattern);
  } catch (cause) {
    throw new AppError("INVALID_INPUT", `pattern: ${cause instanceof Error ? cause.message : "not a regular expression"}`, { cause });
  }
}

function hasEnded(error: string | null): AppError {
  return new AppError("CONFLICT", `this terminal's program has ended${error === null ? "" : ` (${error})`}; open it again`);
}
