/** A pane's words: quiet when all is well, honest about since when and what waits when it is not. */
import { FIRST_STATUS, type TerminalPhase, type TerminalStatus } from "@fairlead/client";
import type { TerminalState } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { paneWords } from "./terminal-words.ts";

const CLOSED: TerminalState = {
  terminal_id: "t",
  state: "closed",
  command: ["sh"],
  work_dir: "/",
  cols: 80,
  rows: 24,
  recording: false,
  end: "exit",
  exit_code: 0,
  signal: null,
  error: null,
};

function say(
  state: TerminalPhase,
  more: { terminal?: Partial<TerminalState>; waiting?: number; connected?: boolean; mine?: boolean } = {},
) {
  const status: TerminalStatus = { ...FIRST_STATUS, state, since: 0, holds: false };
  const terminal = more.terminal === undefined ? null : { ...CLOSED, ...more.terminal };
  const { waiting = 0, connected = true, mine = true } = more;
  const words = paneWords({ status, terminal, connected, connectedSince: 0, waiting, now: 61_000, mine });
  return words === undefined ? undefined : [words.text, words.detail, ...words.actions].join(" | ");
}

describe("a pane's words", () => {
  it("are none while it is live, and tell since when it is not", () => {
    expect(say("live")).toBeUndefined();
    expect(say("attaching", { waiting: 1 })).toBe("Connecting for 1 min | 1 key waits");
    expect(say("live", { connected: false })).toBeUndefined();
    expect(say("live", { connected: false, waiting: 3 })).toBe("3 keys wait | ");
    expect(say("away")).toBe("Its machine is away for 1 min | It goes on when its runtime returns.");
  });

  it("tell how a program ended, and what its owner can do", () => {
    expect(say("ended", { terminal: {} })).toBe("Exited with code 0 |  | again | close");
    expect(say("ended", { terminal: { exit_code: null, signal: "SIGKILL" }, mine: false })).toBe("Ended by SIGKILL | ");
    expect(say("ended", { terminal: { end: "lost" } })).toBe("Lost: its runtime was restarted |  | again | close");
    expect(say("ended", { terminal: { end: "failed", error: "no such file: zsh." } })).toBe(
      "It could not start | no such file: zsh. Check the agent's command and folder on its machine. | again | close",
    );
    expect(say("ended", { terminal: { state: "opening" } })).toBe("Starting for 1 min |  | close");
  });
});
