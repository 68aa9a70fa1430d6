/** The truth about the links, in words for the bar above a conversation. */

import type { SocketStatus } from "@fairlead/client";
import type { Endpoint } from "@fairlead/protocol";
import { agoWords, countWords, roughWords } from "./time-words.ts";

export interface BarWords {
  readonly tone: "wait" | "bad";
  readonly text: string;
  readonly detail: string;
  /** What the person can do. */
  readonly action: "retry" | "sign_in" | "reload" | null;
}

/** Between the first moment offline and the first word about it (ms): a blink of the network is not news. */
const QUIET_MS = 1_500;

/** About the link between this device and the hub; undefined while it is fine. `now` is this device's clock (ms). */
export function hubWords(status: SocketStatus, unsent: number, now: number): BarWords | undefined {
  const waits = unsent === 0 ? "" : `${countWords(unsent, "message")} waiting on this device`;
  switch (status.state) {
    case "live":
      return undefined;
    case "signed_out":
      return { tone: "bad", text: "You are signed out", detail: waits, action: "sign_in" };
    case "refused":
      return { tone: "bad", text: `The hub refuses this page: ${status.reason ?? "unknown reason"}`, detail: waits, action: "reload" };
    case "offline":
    case "connecting":
    case "greeting":
    case "waiting":
      if (now - status.since < QUIET_MS && !status.no_network) return undefined;
      return { tone: "wait", text: offlineWords(status, now), detail: waits, action: "retry" };
  }
}

function offlineWords(status: SocketStatus, now: number): string {
  const since = `Offline for ${roughWords(now - status.since)}`;
  if (status.state !== "waiting" || status.retry_at === null) return `${since} — connecting…`;
  const left = Math.ceil((status.retry_at - now) / 1_000);
  return left <= 0 ? `${since} — connecting…` : `${since} — reconnecting in ${left} s`;
}

/** About the runtime behind an agent; undefined while it is fine. `now` is the hub's clock (ms). */
export function runtimeWords(endpoint: Endpoint, waiting: number, now: number): BarWords | undefined {
  if (endpoint.status === "online") return undefined;
  if (endpoint.status === "unavailable") {
    return { tone: "bad", text: `${endpoint.name} cannot run on ${endpoint.runtime_name}`, detail: endpoint.reason ?? "", action: null };
  }
  const heard = endpoint.last_heard_at === null ? "was never heard" : `last heard ${agoWords(Date.parse(endpoint.last_heard_at), now)}`;
  const wait = waiting === 0 ? "messages wait until it returns" : `${countWords(waiting, "message")} waiting for it`;
  return { tone: "wait", text: `${endpoint.runtime_name} ${heard}`, detail: wait, action: null };
}
