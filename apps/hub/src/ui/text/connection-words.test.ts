import type { SocketStatus } from "@fairlead/client";
import { type Endpoint, PLAIN_ABILITIES } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { hubWords, runtimeWords } from "./connection-words.ts";
import { type DeliveryFacts, deliveryWords } from "./delivery-words.ts";

const now = 1_800_000_000_000;
const lost: SocketStatus = {
  state: "waiting",
  since: now - 12_000,
  no_network: false,
  retry_at: now + 2_400,
  reason: "gone",
  attempt: 3,
  clock_offset: 0,
  user: null,
};

describe("the link to the hub", () => {
  it("says since when it is gone, when it is tried again, and what waits", () => {
    expect(hubWords(lost, 2, now)).toEqual({
      tone: "wait",
      text: "Offline for 12 s — reconnecting in 3 s",
      detail: "2 messages waiting on this device",
      action: "retry",
    });
    expect(hubWords({ ...lost, state: "connecting", retry_at: null }, 0, now)?.text).toBe("Offline for 12 s — connecting…");
  });

  it("is silent while it stands, and about a blink", () => {
    expect(hubWords({ ...lost, state: "live" }, 0, now)).toBeUndefined();
    expect(hubWords({ ...lost, since: now - 500 }, 0, now)).toBeUndefined();
  });

  it("says at once that this device has no network", () => {
    expect(hubWords({ ...lost, since: now - 500, no_network: true }, 0, now)?.text).toMatch(/^Offline for/);
  });

  it("leads to the sign-in when the login ended", () => {
    expect(hubWords({ ...lost, state: "signed_out" }, 1, now)?.action).toBe("sign_in");
    expect(hubWords({ ...lost, state: "refused", reason: "no version in common" }, 0, now)?.text).toContain("no version in common");
  });
});

describe("the link to the runtime", () => {
  const endpoint: Endpoint = {
    id: "e",
    name: "Bash",
    profile: "generic-cli",
    tags: {},
    capabilities: { ...PLAIN_ABILITIES, exec_model: "interactive", turn_completion: false, approvals: false, files: false },
    program: null,
    runtime_id: "local-dev",
    runtime_name: "local-dev",
    status: "offline",
    online: false,
    reason: null,
    last_heard_at: new Date(now - 14_000).toISOString(),
  };

  it("says when it was last heard and what waits for it", () => {
    expect(runtimeWords(endpoint, 0, now)).toMatchObject({
      text: "local-dev last heard 14 s ago",
      detail: "messages wait until it returns",
    });
    expect(runtimeWords(endpoint, 2, now)?.detail).toBe("2 messages waiting for it");
    expect(runtimeWords({ ...endpoint, last_heard_at: null }, 0, now)?.text).toBe("local-dev was never heard");
    expect(runtimeWords({ ...endpoint, status: "online" }, 0, now)).toBeUndefined();
  });

  it("gives the reason why an agent cannot run", () => {
    expect(runtimeWords({ ...endpoint, status: "unavailable", reason: "no such command" }, 0, now)).toMatchObject({
      tone: "bad",
      detail: "no such command",
    });
  });
});

describe("a message on its way", () => {
  const facts: DeliveryFacts = { delivery: "waiting", place: 0, busy: false, runtimeAway: false, steers: false, expiresAt: null, now };

  it("says what it waits for", () => {
    expect(deliveryWords(facts)).toBe("Handing over…");
    expect(deliveryWords({ ...facts, busy: true })).toBe("In the queue · next in line");
    expect(deliveryWords({ ...facts, busy: true, place: 2 })).toBe("In the queue · 3 before it");
    expect(deliveryWords({ ...facts, runtimeAway: true, expiresAt: now + 60_000 })).toMatch(
      /^Waiting for the runtime · until .*\d\d:\d\d$/,
    );
  });

  it("says nothing of one that arrived, and why another did not", () => {
    expect(deliveryWords({ ...facts, delivery: "done" })).toBe("");
    expect(deliveryWords({ ...facts, delivery: "expired" })).toMatch(/Expired/);
  });
});
