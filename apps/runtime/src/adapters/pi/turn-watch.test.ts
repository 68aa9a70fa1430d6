import { describe, expect, it } from "vitest";
import { createTurnWatch } from "./turn-watch.ts";
import type { AgentState, NativeMessage } from "./wire.ts";

const IDLE: AgentState = { isStreaming: false, isCompacting: false, sessionId: "s", pendingMessageCount: 0 };

/** A watch whose looks at the state are answered one by one, as by a pi that takes its time. */
function setUp() {
  const looks: ((state: AgentState) => void)[] = [];
  const ends: (readonly string[])[] = [];
  const watch = createTurnWatch({
    state: () => new Promise((resolve) => looks.push(resolve)),
    onEnd: (_state, leftover) => ends.push(leftover),
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const see = (...messages: NativeMessage[]) => {
    for (const message of messages) watch.receive(message);
  };
  const tell = async (state: Partial<AgentState> = {}) => {
    looks.shift()?.({ ...IDLE, ...state });
    await settled();
  };
  return { watch, looks, ends, see, tell };
}

const START: NativeMessage = { type: "agent_start" };
const SETTLED: NativeMessage = { type: "agent_settled" };
const OLD_END: NativeMessage = { type: "agent_end", willRetry: undefined };
const RETRY: NativeMessage = { type: "auto_retry_start", attempt: 1, maxAttempts: 3, delayMs: 1, errorMessage: "429" };

describe("the watch for a turn's end", () => {
  it("ends nothing by a settling that is left over from before", async () => {
    const { see, looks, ends, tell } = setUp();
    see(SETTLED);
    expect(looks).toEqual([]);
    see(START, SETTLED);
    await tell();
    expect(ends).toEqual([[]]);
  });

  it("waits for the settling where there is one", () => {
    const { see, looks } = setUp();
    see(START, { type: "agent_end", willRetry: false });
    expect(looks).toEqual([]);
  });

  it("drops a look that a retry has overtaken", async () => {
    const { see, ends, tell } = setUp();
    see(START, OLD_END, RETRY);
    await tell();
    expect(ends).toEqual([]);
    see(START, OLD_END);
    await tell();
    expect(ends).toEqual([[]]);
  });

  it("looks again while pi winds up, and ends once", async () => {
    const { see, looks, ends, tell } = setUp();
    see(START, OLD_END);
    await tell({ isStreaming: true });
    await expect.poll(() => looks.length).toBe(1);
    await tell();
    expect(ends).toEqual([[]]);
    expect(looks).toEqual([]);
  });

  it("tells what pi took and did not get to, unless pi takes it up itself", async () => {
    const { see, ends, tell } = setUp();
    see(START, { type: "queue_update", steering: ["one more"], followUp: ["and then"] });
    see(OLD_END, { type: "compaction_start" }, { type: "compaction_end", willRetry: false, errorMessage: undefined });
    await tell();
    await tell({ pendingMessageCount: 2 });
    expect(ends).toEqual([]);
    see(START, OLD_END);
    await tell({ pendingMessageCount: 2 });
    expect(ends).toEqual([["one more", "and then"]]);
  });

  it("ends a command that ran no agent", async () => {
    const { watch, looks, ends, tell } = setUp();
    watch.accepted("started");
    expect(looks).toEqual([]);
    watch.accepted(undefined);
    await tell();
    expect(ends).toEqual([[]]);
  });
});
