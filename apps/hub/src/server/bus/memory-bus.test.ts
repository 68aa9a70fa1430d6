/** The bus delivers to the subject's listeners alone, survives a listener that throws, and forgets who left. */
import { describe, expect, it } from "vitest";
import { createMemoryBus } from "./memory-bus.ts";

describe("createMemoryBus", () => {
  it("delivers a message to every listener of its subject and to no other", () => {
    const bus = createMemoryBus();
    const got: string[] = [];
    bus.subscribe("endpoints", ({ runtime_id }) => got.push(`a ${runtime_id}`));
    bus.subscribe("endpoints", ({ runtime_id }) => got.push(`b ${runtime_id}`));
    bus.subscribe("runtime.r1", () => got.push("wrong subject"));
    bus.publish("endpoints", { runtime_id: "r1" });
    expect(got).toEqual(["a r1", "b r1"]);
  });

  it("keeps delivering when a listener throws, and reports it", () => {
    const faults: [string, unknown][] = [];
    const bus = createMemoryBus({ onListenerError: (subject, error) => faults.push([subject, error]) });
    const fault = new Error("listener");
    let heard = 0;
    bus.subscribe("runtime.r1", () => {
      throw fault;
    });
    bus.subscribe("runtime.r1", () => {
      heard += 1;
    });
    bus.publish("runtime.r1", null);
    expect(heard).toBe(1);
    expect(faults).toEqual([["runtime.r1", fault]]);
  });

  it("stops at once after unsubscribing, also in the middle of a delivery and twice", () => {
    const bus = createMemoryBus();
    const got: string[] = [];
    const leave = bus.subscribe("login.l1", () => {
      got.push("first");
      leaveSecond();
    });
    const leaveSecond = bus.subscribe("login.l1", () => got.push("second"));
    bus.publish("login.l1", null);
    leave();
    leave();
    bus.publish("login.l1", null);
    expect(got).toEqual(["first"]);
  });

  it("counts the same function subscribed twice as two listeners", () => {
    const bus = createMemoryBus();
    let heard = 0;
    const listener = () => {
      heard += 1;
    };
    const leave = bus.subscribe("login.l1", listener);
    bus.subscribe("login.l1", listener);
    bus.publish("login.l1", null);
    leave();
    bus.publish("login.l1", null);
    expect(heard).toBe(3);
  });
});
