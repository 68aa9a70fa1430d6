/** What a terminal's pane says about itself when it is not simply live. */
import type { TerminalStatus } from "@fairlead/client";
import type { TerminalState } from "@fairlead/protocol";
import { countWords, roughWords } from "./time-words.ts";

export interface PaneWords {
  readonly tone: "wait" | "bad" | "plain";
  readonly text: string;
  readonly detail: string;
  readonly actions: readonly PaneAction[];
}

/** `again`: run the program once more. `here`: show the terminal in this tab again. */
export type PaneAction = "again" | "close" | "here" | "retry";

interface PaneFacts {
  readonly status: TerminalStatus;
  /** As the log tells; null: not known yet, or never opened. */
  readonly terminal: TerminalState | null;
  /** Whether the hub can be reached. */
  readonly connected: boolean;
  /** When that turned (this device's clock, ms). */
  readonly connectedSince: number;
  /** Bytes typed or pasted that the program was not given yet. */
  readonly waiting: number;
  readonly now: number;
  /** Whether the viewer may run it again and close it. */
  readonly mine: boolean;
}

/** Between the first moment without output and the first word about it (ms). */
const QUIET_MS = 1_500;

export function paneWords(facts: PaneFacts): PaneWords | undefined {
  const { status, terminal, connected, now } = facts;
  const keys = facts.waiting === 0 ? "" : `${countWords(facts.waiting, "key")} ${facts.waiting === 1 ? "waits" : "wait"}`;
  if (!connected) {
    // That there is none, and since when, is said once for the whole page.
    return keys === "" || now - facts.connectedSince < QUIET_MS ? undefined : { tone: "wait", text: keys, detail: "", actions: [] };
  }
  const age = now - status.since;
  switch (status.state) {
    case "live":
    case "detached":
      return undefined;
    case "attaching":
      return age < QUIET_MS ? undefined : { tone: "wait", text: `Connecting for ${roughWords(age)}`, detail: keys, actions: [] };
    case "away": {
      const detail = keys === "" ? "It goes on when its runtime returns." : keys;
      return { tone: "wait", text: `Its machine is away for ${roughWords(age)}`, detail, actions: [] };
    }
    case "forbidden":
      return { tone: "bad", text: "You may not watch this terminal", detail: status.error ?? "", actions: ["retry"] };
    case "replaced":
      return { tone: "plain", text: "This terminal is open in another tab", detail: "", actions: ["here"] };
    case "limit":
      return {
        tone: "bad",
        text: "Too many terminals are open here",
        detail: status.error ?? "Close one, then try again.",
        actions: ["retry"],
      };
    case "ended":
      return endedWords(facts, terminal);
  }
}

function endedWords({ mine, now, status }: PaneFacts, terminal: TerminalState | null): PaneWords | undefined {
  if (terminal === null || terminal.state !== "closed") {
    const age = now - status.since;
    return age < QUIET_MS
      ? undefined
      : { tone: "wait", text: `Starting for ${roughWords(age)}`, detail: "", actions: mine ? ["close"] : [] };
  }
  const actions: readonly PaneAction[] = mine ? ["again", "close"] : [];
  if (terminal.end === "failed") {
    const detail = terminal.error ?? "The runtime's log says why.";
    return { tone: "bad", text: "It could not start", detail: `${detail} Check the agent's command and folder on its machine.`, actions };
  }
  const { text, tone } = endWords(terminal);
  return { tone, text, detail: terminal.error ?? "", actions };
}

/** How a program ended: `Exited with code 0`, `Ended by SIGKILL`. */
export function endWords(terminal: TerminalState): { readonly text: string; readonly tone: "plain" | "bad" } {
  const { end, exit_code, signal } = terminal;
  if (end === "idle") return { tone: "plain", text: "Ended: nobody used it" };
  if (end === "lost") return { tone: "bad", text: "Lost: its runtime was restarted" };
  if (end === "failed") return { tone: "bad", text: "It could not start" };
  if (end === "close") return { tone: "plain", text: "Closed" };
  if (signal !== null) return { tone: "bad", text: `Ended by ${signal}` };
  return {
    tone: exit_code === 0 || exit_code === null ? "plain" : "bad",
    text: exit_code === null ? "Ended" : `Exited with code ${exit_code}`,
  };
}
