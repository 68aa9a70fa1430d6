/** What a turn's end means and what a person can do about it. */
import type { StopReason, TurnError } from "@fairlead/protocol";

interface Words {
  readonly title: string;
  readonly advice: string;
}

const ERRORS: Readonly<Record<TurnError["kind"], Words>> = {
  spawn: {
    title: "The agent could not be started",
    advice: "Check its command in the runtime's configuration; “fairlead-runtime check” shows whether it can be found.",
  },
  exit: { title: "The agent ended unexpectedly", advice: "Your next message starts it again." },
  protocol: {
    title: "The agent sent something that could not be understood",
    advice: "Try again; if it stays, the agent's adapter needs a look.",
  },
  auth: { title: "The agent is not signed in", advice: "Sign it in on the runtime's machine, then send the message again." },
  rate_limit: { title: "The agent's service limits how often it may be asked", advice: "Wait a little, then send the message again." },
  timeout: { title: "The agent took too long", advice: "Ask for less at once, or raise its time limit in the runtime's configuration." },
  http: { title: "The agent's service refused", advice: "The answer's beginning is shown above; check the service and its address." },
  limit: { title: "A limit was reached", advice: "Close a session you no longer need, or raise the limit in the runtime's configuration." },
  interrupted: {
    title: "The runtime stopped while this was running",
    advice: "It is not run a second time by itself. Send it again if you still want it.",
  },
  expired: { title: "Not delivered in time", advice: "The runtime was away for too long. Send it again if you still want it." },
  denied: { title: "Not allowed", advice: "It needed a permission that was not given. Send it again if you want to decide anew." },
  internal: { title: "Something went wrong in the runtime", advice: "Its log says what. Your next message starts afresh." },
};

/** An agent that says itself that it failed is still there; one that ended is not. */
const REPORTED: Words = { title: "The agent reports an error", advice: "Its words are above. Try again, or ask for something else." };

/** Title and advice for a failed turn. */
export function errorWords(error: TurnError): Words {
  if (error.kind === "exit" && error.exit_code === undefined && error.signal === undefined) return REPORTED;
  return ERRORS[error.kind];
}

/** How a turn that did not fail ended; undefined where "it is done" says enough. */
export function stopWords(reason: StopReason): string | undefined {
  switch (reason) {
    case "end_turn":
      return undefined;
    case "cancelled":
      return "Stopped";
    case "max_tokens":
      return "Cut at the agent's length limit";
    case "max_turn_requests":
      return "Stopped at the agent's limit of steps";
    case "refusal":
      return "The agent declined";
  }
}
