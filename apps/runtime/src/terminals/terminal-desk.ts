/** What scripts ask of a terminal: its screen, keys for it, and to wait until its output says something. */
import type { Answer, TerminalRequest } from "../hub-link/requests.ts";
import { type Waited, waitForText } from "./patience.ts";
import type { RunningTerminal } from "./terminal.ts";

export interface TerminalDesk {
  /** Rejects with an Error for people. */
  answer(request: TerminalRequest): Promise<Answer>;
}

export function createTerminalDesk({ running }: { running(sessionId: string): RunningTerminal | undefined }): TerminalDesk {
  return {
    async answer(request) {
      const terminal = running(request.session_id);
      if (terminal === undefined) return answerWithout(request);
      switch (request.kind) {
        case "terminal.screen":
          return { screen: { terminal_id: terminal.terminal_id, ...(await terminal.screen.read(request.history)) } };
        case "terminal.write": {
          const offset = terminal.ring.end();
          if (terminal.type(Buffer.from(request.data, "utf8"))) return { written: { offset } };
          return { error: "The program has not read what was typed before; try again when it has." };
        }
        case "terminal.wait":
          return { waited: await wait(terminal, request) };
      }
    },
  };
}

/** Its program is over: to one who waits for its output that is the answer. */
function answerWithout(request: TerminalRequest): Answer {
  if (request.kind !== "terminal.wait") return { error: "No program runs in this session's terminal." };
  return { waited: { outcome: "closed", match: null, offset: request.after_offset ?? 0 } };
}

async function wait(terminal: RunningTerminal, request: Extract<TerminalRequest, { kind: "terminal.wait" }>): Promise<Waited> {
  const began = performance.now();
  const { after_offset, pattern } = request;
  const shown = after_offset === undefined ? await terminal.screen.read(0) : undefined;
  return waitForText({
    pattern,
    ring: terminal.ring,
    from: after_offset ?? shown?.offset ?? 0,
    before: shown === undefined ? "" : shown.lines.join("\n").trimEnd(),
    timeout: Math.max(1, request.timeout - (performance.now() - began)),
    watch: terminal.watch,
    hasEnded: terminal.hasEnded,
  });
}
