/** What every adapter must do, as one suite: called from each adapter's own test with its quirks declared. */
import { agentEventSchema } from "@fairlead/protocol";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHost, type Recorder, record, type TestHost, until } from "../../test/adapter-host.ts";
import type { Adapter, RunningEndpoint, TurnResult } from "./contract.ts";

export interface Quirks<C> {
  /** The config that runs a program of test/fake-agents; may start a server for it (and end it when the test is over). */
  config(agent: string): Promise<C>;
  /** A config whose command or address does not exist, and what the failed turn must say. */
  readonly missing: { readonly config: C; readonly says: RegExp };
  /** What ends the turn of an agent that dies in the middle of it. */
  readonly crash: (result: TurnResult) => void;
  /** What ends the turn of an agent that closes its output and lives on; absent where that cannot be. */
  readonly closedOutput?: (result: TurnResult) => void;
  /** The agents are processes of the runtime. */
  readonly spawns: boolean;
  /** The longest line (bytes) where lines are the protocol: a longer one is dropped with a notice. Absent: lines may have any length. */
  readonly longestLine?: number;
  /** Whether several sessions share one process, which ends with the endpoint. */
  readonly shared: boolean;
}

const GRACE_MS = 250;
const LONG_LINE = 50_000_000;
/** Enough on a busy machine for all those bytes (ms). */
const LONG_LINE_TIMEOUT = 60_000;
const UTF8 = "äöü ß € 漢字 🙂 👩‍👩‍👧 e\u0301";

/** What the agent said; a prompt on stderr is not part of it. */
function said(one: Recorder): string {
  return one.text("stdout", "answer");
}

/** Declares the suite for one adapter. */
export function describeConformance<C>(adapter: Adapter<C>, quirks: Quirks<C>): void {
  const { longestLine } = quirks;
  async function setUp(agent: string | C): Promise<{ host: TestHost; endpoint: RunningEndpoint; open: () => Promise<Recorder> }> {
    const host = createHost({ stop_grace: GRACE_MS });
    const endpoint = adapter.start(typeof agent === "string" ? await quirks.config(agent) : agent, host);
    const opened: Recorder[] = [];
    onTestFinished(async () => {
      for (const one of opened) one.letGo();
      await Promise.all(opened.map((one) => one.session.close()));
      await endpoint.stop();
      expect(host.children()).toEqual([]);
      for (const event of opened.flatMap((one) => one.events)) expect(agentEventSchema.safeParse(event).error).toBeUndefined();
    });
    const open = async () => {
      const one = await record(endpoint);
      opened.push(one);
      return one;
    };
    return { host, endpoint, open };
  }

  describe(`${adapter.profile} keeps the adapter contract`, () => {
    it("runs turns one after another and ends each by itself", async () => {
      const { open } = await setUp("echo");
      const one = await open();
      expect(await one.run("first")).toMatchObject({ ok: true, stop_reason: "end_turn" });
      expect(said(one)).toContain("echo: first");
      expect(await one.run("second")).toMatchObject({ ok: true, stop_reason: "end_turn" });
      expect(said(one)).toContain("echo: second");
    });

    it("streams while the turn runs, and a stop settles it as cancelled within three graces", async () => {
      const { open } = await setUp("slow");
      const one = await open();
      const stop = new AbortController();
      let isSettled = false;
      const turn = one.run("go", stop.signal).finally(() => {
        isSettled = true;
      });
      await until(() => said(one).includes("count 3"), "three pieces");
      expect(isSettled).toBe(false);
      stop.abort();
      expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
    });

    it("settles at once when it is stopped before it starts", async () => {
      const { open } = await setUp("echo");
      const one = await open();
      expect(await one.run("never", AbortSignal.abort())).toEqual({ ok: true, stop_reason: "cancelled" });
      expect(one.events).toEqual([]);
    });

    it("answers again after a stop", async () => {
      const { open } = await setUp("slow");
      const one = await open();
      for (const text of ["one", "two"]) {
        const stop = new AbortController();
        const heard = said(one).length;
        const turn = one.run(text, stop.signal);
        await until(() => /count 2\n/.test(said(one).slice(heard)), "two pieces");
        stop.abort();
        expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
      }
    });

    it("keeps UTF-8 whole however it is cut", async () => {
      const { open } = await setUp("split");
      const one = await open();
      expect(await one.run(UTF8)).toMatchObject({ ok: true });
      expect(said(one)).toBe(`${UTF8}|`);
    });

    it("makes a missing command or address a failed turn that says what to do", async () => {
      const { open } = await setUp(quirks.missing.config);
      const one = await open();
      const result = await one.run("hello");
      expect(result.ok ? "" : result.error.message).toMatch(quirks.missing.says);
    });

    it("keeps two sessions apart", async () => {
      const { open } = await setUp("echo");
      const [left, right] = [await open(), await open()];
      await Promise.all([left.run("left"), right.run("right")]);
      expect(said(left)).toMatch(/echo: left/);
      expect(said(right)).toMatch(/echo: right/);
      expect(said(left)).not.toContain("right");
      expect(said(right)).not.toContain("left");
    });

    it("says nothing of a turn after it has settled", async () => {
      const { open } = await setUp("slow");
      const one = await open();
      const stop = new AbortController();
      const turn = one.run("go", stop.signal);
      await until(() => said(one).includes("count 2"), "two pieces");
      stop.abort();
      await turn;
      const count = one.events.length;
      await one.session.close();
      expect(one.events.slice(count).filter((event) => event.type === "message.delta" && event.kind === "answer")).toEqual([]);
    });

    it("pauses the agent while nobody takes its output, and loses nothing", async () => {
      const { open } = await setUp("flood");
      const one = await open();
      await one.run("1");
      const before = said(one).length;
      one.hold();
      const turn = one.run("50000");
      await until(() => said(one).length > before, "the first piece");
      let seen = 0;
      for (let steady = 0; steady < 40; steady += seen === one.events.length ? 1 : 0) {
        seen = one.events.length;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(said(one).length).toBeLessThan(1_000_000);
      one.letGo();
      expect(await turn).toMatchObject({ ok: true });
      const numbers = [
        ...said(one)
          .slice(before)
          .matchAll(/line (\d+) x{60}\n/g),
      ].map((match) => Number(match[1]));
      expect(numbers.length).toBe(50_000);
      expect(numbers.every((number, index) => number === index + 1)).toBe(true);
    });

    it("stops a flood that nobody takes", async () => {
      const { open } = await setUp("flood");
      const one = await open();
      const stop = new AbortController();
      await one.run("1");
      const before = said(one).length;
      one.hold();
      const turn = one.run("5000000", stop.signal);
      await until(() => said(one).length > before, "the first piece");
      stop.abort();
      expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
    });

    it("tells when the agent dies in its turn, and goes on with the next message", async () => {
      const { open } = await setUp("crash");
      const one = await open();
      const result = await one.run("crash");
      quirks.crash(result);
      expect(said(one)).toContain("last words");
      expect(await one.run("again")).toMatchObject({ ok: true, stop_reason: "end_turn" });
      expect(said(one)).toContain("echo: again");
    });

    it("survives binary garbage", async () => {
      const { open } = await setUp("garbage");
      const one = await open();
      expect(await one.run("go")).toMatchObject({ ok: true });
      expect(said(one)).toContain("clean");
      expect(said(one)).not.toContain("\0");
    });

    it("survives a line of 50 MB", { timeout: LONG_LINE_TIMEOUT }, async () => {
      const { open } = await setUp("long-line");
      const one = await open();
      expect(await one.run(String(LONG_LINE))).toMatchObject({ ok: true });
      expect(said(one)).toContain("after");
      const isWhole = longestLine === undefined || longestLine > LONG_LINE;
      expect(said(one).match(/x+/)?.[0].length).toBe(isWhole ? LONG_LINE : undefined);
      expect(one.codes().includes("line_too_long")).toBe(!isWhole);
    });

    if (longestLine !== undefined) {
      it("drops a longer line than it takes, and says so", { timeout: LONG_LINE_TIMEOUT }, async () => {
        const { open } = await setUp("long-line");
        const one = await open();
        expect(await one.run(String(longestLine + 1))).toMatchObject({ ok: true });
        expect(said(one)).toBe("\nafter\n");
        expect(one.codes()).toEqual(["line_too_long"]);
      });
    }

    it("ignores an answer to a question that is not open", async () => {
      const { open } = await setUp("echo");
      const one = await open();
      await one.session.answer("nothing", { option_id: "allow_once" });
      expect(await one.run("still fine")).toMatchObject({ ok: true });
    });

    it("closes in the middle of a turn", async () => {
      const { open } = await setUp("slow");
      const one = await open();
      const turn = one.run("go");
      await until(() => said(one).includes("count 2"), "two pieces");
      await one.session.close();
      expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
    });
  });

  if (quirks.spawns) describeProcesses(setUp, quirks);
}

type SetUp = (agent: string) => Promise<{ host: TestHost; endpoint: RunningEndpoint; open: () => Promise<Recorder> }>;

/** The part for adapters whose agents are processes of ours. `setUp` checks after each test that none is left. */
function describeProcesses<C>(setUp: SetUp, quirks: Quirks<C>): void {
  describe("its processes", () => {
    it("are gone when the session is closed", async () => {
      const { host, endpoint, open } = await setUp("echo");
      const one = await open();
      await one.run("hello");
      await one.session.close();
      if (quirks.shared) await endpoint.stop();
      expect(host.children()).toEqual([]);
    });

    it("are gone when the session is closed while they start", async () => {
      const { host, endpoint, open } = await setUp("slow");
      for (const turns of [0, 1, 2, 5]) {
        const one = await open();
        const turn = one.run("go");
        for (let count = 0; count < turns; count += 1) await new Promise((resolve) => setImmediate(resolve));
        await one.session.close();
        expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
      }
      await endpoint.stop();
      expect(host.children()).toEqual([]);
    });

    it("are killed when they ignore every other signal", async () => {
      const { host, endpoint, open } = await setUp("ignore-term");
      const one = await open();
      const stop = new AbortController();
      const turn = one.run("go", stop.signal);
      await until(() => said(one).includes("still here 2"), "two pieces");
      stop.abort();
      expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
      await one.session.close();
      await endpoint.stop();
      expect(host.children()).toEqual([]);
    });

    it("take their children with them", async () => {
      const { host, endpoint, open } = await setUp("grandchildren");
      const one = await open();
      expect(await one.run("go")).toMatchObject({ ok: true });
      expect(said(one)).toContain("two children");
      await one.session.close();
      await endpoint.stop();
      expect(host.children()).toEqual([]);
    });

    it("may die at start: the turn fails with how", async () => {
      const { open } = await setUp("die");
      const one = await open();
      const result = await one.run("hello");
      if (result.ok) expect(result.exit_code).toBe(7);
      else expect(result.error).toMatchObject({ kind: "exit", exit_code: 7 });
      expect(JSON.stringify(one.events)).toContain("no licence");
    });

    it("may close their output and live on", async () => {
      const { open } = await setUp("close-output");
      const one = await open();
      const stop = new AbortController();
      const turn = one.run("go", stop.signal);
      if (quirks.closedOutput === undefined) {
        await until(() => said(one).includes("closing"), "the last word");
        stop.abort();
        expect(await turn).toEqual({ ok: true, stop_reason: "cancelled" });
      } else quirks.closedOutput(await turn);
    });
  });
}
