/** What scripts ask of a terminal: its screen, keys for it, and to wait until its output says something. */
import type { Answer, TerminalRequest } from "../hub-link/requests.ts";
import type { RunningTerminal } from "./terminal.ts";

const NONE = "No program runs in this session's terminal.";

export interface TerminalDesk {
  /** Rejects with an Error for people. */
  answer(request: TerminalRequest): Promise<Answer>;
}

export function createTerminalDesk({ running }: { running(sessionId: string): RunningTerminal | undefined }): TerminalDesk {
  return {
    async answer(request) {
      const terminal = running(request.session_id);
      if (terminal === undefined) return { error: NONE };
      if (request.kind === "terminal.screen") {
        return { screen: { terminal_id: terminal.terminal_id, ...(await terminal.screen.read(request.history)) } };
      }
      if (request.kind === "terminal.write") {
        const offset = terminal.ring.end();
        if (terminal.type(Buffer.from(request.data, "utf8"))) return { written: { offset } };
        return { error: "The program does not read what was typed so far; try again when it does." };
      }
      return { error: "not yet" };
    },
  };
}
