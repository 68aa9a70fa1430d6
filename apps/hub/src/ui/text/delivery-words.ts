/** Where a message is on its way to the agent, in words. */
import type { Delivery } from "@fairlead/client";
import { clockWords, dayWords } from "./time-words.ts";

export interface DeliveryFacts {
  readonly delivery: Delivery;
  /** Its place among the waiting messages, from 0; -1 if it does not wait. */
  readonly place: number;
  /** Whether a turn is running that this message waits for. */
  readonly busy: boolean;
  readonly runtimeAway: boolean;
  /** It is meant for the turn that runs. */
  readonly steers: boolean;
  readonly expiresAt: number | null;
  readonly now: number;
}

/** The state of a message that the hub has stored; empty for one that simply arrived. */
export function deliveryWords(facts: DeliveryFacts): string {
  switch (facts.delivery) {
    case "waiting":
      return waitingWords(facts);
    case "cancelled":
      return "Cancelled";
    case "steered":
      return "Sent into the running turn";
    case "expired":
      return "Expired before the runtime came back";
    case "running":
    case "done":
    case "failed":
      return "";
  }
}

function waitingWords({ place, busy, runtimeAway, steers, expiresAt, now }: DeliveryFacts): string {
  if (steers && busy && !runtimeAway) return "Going into the running turn…";
  const ahead = place + (busy ? 1 : 0);
  const reason = runtimeAway ? "Waiting for the runtime" : ahead > 0 ? "In the queue" : "Handing over…";
  const order = ahead === 0 ? "" : ahead === 1 ? " · next in line" : ` · ${ahead} before it`;
  const until = runtimeAway && expiresAt !== null ? ` · until ${momentWords(expiresAt, now)}` : "";
  return `${reason}${order}${until}`;
}

function momentWords(at: number, now: number): string {
  const day = dayWords(at, now);
  return day === "Today" ? clockWords(at) : `${day === "Yesterday" ? day : dayOf(at)} ${clockWords(at)}`;
}

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

function dayOf(at: number): string {
  return WEEKDAYS[new Date(at).getDay()] ?? "";
}
