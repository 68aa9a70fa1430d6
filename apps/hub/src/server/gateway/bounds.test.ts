/** The counters behind the limits: rate, places, and the order of calls. */
import { describe, expect, it } from "vitest";
import { createAdmission } from "./admission.ts";
import { type Call, createCallQueue } from "./client-calls.ts";
import { GATEWAY_LIMITS } from "./limits.ts";
import { createTokenBucket } from "./token-bucket.ts";

describe("token bucket", () => {
  it("gives a burst, then the rate, and never more than the burst after a rest", () => {
    const bucket = createTokenBucket(10, 5);
    const taken = (now: number, tries: number) => Array.from({ length: tries }, () => bucket.take(now)).filter(Boolean).length;
    expect(taken(1_000, 9)).toBe(5);
    expect(taken(1_200, 9)).toBe(2);
    expect(taken(1_000_000, 9)).toBe(5);
  });

  it("does not mind a clock that goes back", () => {
    const bucket = createTokenBucket(10, 2);
    bucket.take(5_000);
    bucket.take(5_000);
    expect(bucket.take(1_000)).toBe(false);
    expect(bucket.take(1_100)).toBe(true);
  });
});

describe("admission", () => {
  it("counts by key and in all, and takes a place back once", () => {
    const admission = createAdmission(2, 3);
    const first = admission.enter("a");
    expect(admission.enter("a")).toBeDefined();
    expect(admission.enter("a")).toBeUndefined();
    expect(admission.enter("b")).toBeDefined();
    expect(admission.enter("c")).toBeUndefined();
    first?.();
    first?.();
    expect(admission.enter("c")).toBeDefined();
    expect(admission.enter("a")).toBeUndefined();
  });
});

describe("calls", () => {
  function rig(mayBegin = () => true) {
    const begun: string[] = [];
    const finish = new Map<string, () => void>();
    const queue = createCallQueue({ ...GATEWAY_LIMITS, maxRunningCalls: 2, maxWaitingCalls: 3 }, mayBegin);
    const add = (name: string, operation: string, session_id: string) => {
      const run: Call["run"] = () =>
        new Promise((resolve) => {
          begun.push(name);
          finish.set(name, resolve);
        });
      return queue.add({ operation, input: { session_id }, run });
    };
    const end = async (name: string) => {
      finish.get(name)?.();
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { begun, add, end, queue };
  }

  it("that change one session run one after the other, queries and other sessions beside them", async () => {
    const { begun, add, end } = rig();
    add("a1", "messages.send", "a");
    add("a2", "sessions.stop", "a");
    add("q", "sessions.get", "a");
    add("b1", "messages.send", "b");
    expect(begun).toEqual(["a1", "q"]);
    await end("q");
    expect(begun).toEqual(["a1", "q", "b1"]);
    await end("a1");
    expect(begun).toEqual(["a1", "q", "b1", "a2"]);
  });

  it("that wait for a terminal's output keep nothing else from beginning, and are bounded, too", async () => {
    const { begun, add, end } = rig();
    for (const name of ["w1", "w2", "w3"]) add(name, "terminals.wait", "a");
    add("write", "terminals.write", "a");
    add("q", "sessions.get", "a");
    expect(begun).toEqual(["w1", "w2", "write", "q"]);
    await end("write");
    expect(begun).toHaveLength(4);
    await end("w1");
    expect(begun.at(-1)).toBe("w3");
  });

  it("are bounded, and held back while the socket is full", async () => {
    let full = true;
    const { begun, add, queue } = rig(() => !full);
    expect(["1", "2", "3", "4"].map((name) => add(name, "sessions.get", "a"))).toEqual([true, true, true, false]);
    expect(begun).toEqual([]);
    full = false;
    queue.proceed();
    expect(begun).toEqual(["1", "2"]);
  });
});
