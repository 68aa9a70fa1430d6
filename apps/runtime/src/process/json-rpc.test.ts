import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRpc, RpcError, type RpcId } from "./json-rpc.ts";

function setUp(versioned = true) {
  const sent: unknown[] = [];
  const heard: unknown[] = [];
  let mayGoOn = true;
  const rpc = createRpc({
    versioned,
    write: (line) => sent.push(JSON.parse(line)),
    onNotification(method, params) {
      heard.push([method, params]);
      return mayGoOn;
    },
    onRequest(id: RpcId, method, params) {
      heard.push([id, method, params]);
      return mayGoOn;
    },
    onBadLine: (text) => heard.push(text),
  });
  const tell = (message: unknown) => rpc.receive(JSON.stringify(message));
  const pause = () => {
    mayGoOn = false;
  };
  return { rpc, sent, heard, tell, pause };
}

describe("json-rpc", () => {
  it("answers requests by their id, in any order", async () => {
    const { rpc, sent, tell } = setUp();
    const [one, two] = [rpc.request("a", { x: 1 }), rpc.request("b", undefined)];
    expect(sent).toEqual([
      { jsonrpc: "2.0", id: 1, method: "a", params: { x: 1 } },
      { jsonrpc: "2.0", id: 2, method: "b" },
    ]);
    tell({ jsonrpc: "2.0", id: 2, result: "second", error: null });
    tell({ jsonrpc: "2.0", id: 1, result: { first: true } });
    expect(await one).toEqual({ first: true });
    expect(await two).toBe("second");
  });

  it("leaves the version out where the peer does", () => {
    const { rpc, sent } = setUp(false);
    rpc.notify("initialized");
    rpc.notify("set", { a: 1 });
    expect(sent).toEqual([{ method: "initialized" }, { method: "set", params: { a: 1 } }]);
  });

  it("rejects with the peer's refusal, whatever form it has", async () => {
    const { rpc, tell } = setUp();
    for (const [error, code, message] of [
      [{ code: -32600, message: "no", data: { why: 1 } }, -32600, "no"],
      [{ code: "x" }, -32603, "unknown error"],
      ["text", -32603, "unknown error"],
    ] as const) {
      const request = rpc.request("a", {});
      tell({ id: error === "text" ? 3 : code === -32600 ? 1 : 2, error });
      const refusal = await request.catch((caught: unknown) => caught);
      expect(refusal).toBeInstanceOf(RpcError);
      expect(refusal).toMatchObject({ code, message });
    }
  });

  it("takes the id 0 and ids of text for what they are, and hands out requests, notifications and pauses", () => {
    const { rpc, sent, heard, tell, pause } = setUp();
    expect(tell({ id: 0, method: "ask", params: { p: 1 } })).toBe(true);
    expect(tell({ id: "s", method: "ask" })).toBe(true);
    pause();
    expect(tell({ method: "told", params: [1] })).toBe(false);
    expect(tell({ id: null, method: "told too" })).toBe(false);
    expect(heard).toEqual([
      [0, "ask", { p: 1 }],
      ["s", "ask", undefined],
      ["told", [1]],
      ["told too", undefined],
    ]);
    rpc.respond(0, { ok: true });
    rpc.refuse("s", -32601, "unknown");
    expect(sent).toEqual([
      { jsonrpc: "2.0", id: 0, result: { ok: true } },
      { jsonrpc: "2.0", id: "s", error: { code: -32601, message: "unknown" } },
    ]);
  });

  it("tells of lines that are no message, and ignores answers to nothing", async () => {
    const { rpc, heard, tell } = setUp();
    for (const line of [
      "",
      "{",
      "1",
      "[]",
      "null",
      "{}",
      '{"id":null,"error":{"code":1,"message":"parse error"}}',
      '{"id":{},"method":"x"}',
    ]) {
      expect(rpc.receive(line)).toBe(true);
    }
    expect(heard).toHaveLength(8);
    tell({ id: 77, result: 1 });
    const request = rpc.request("a", {});
    tell({ id: 1, result: 1 });
    tell({ id: 1, error: { code: 1, message: "again" } });
    expect(await request).toBe(1);
    expect(heard).toHaveLength(8);
  });

  it("gives up at the deadline and does not mind the late answer", async () => {
    const { rpc, tell } = setUp();
    await expect(rpc.request("slow", {}, 20)).rejects.toThrow('did not answer "slow" within 0.02 s');
    expect(tell({ id: 1, result: 1 })).toBe(true);
  });

  it("fails all that waits when the peer is gone, and sends nothing more", async () => {
    const { rpc, sent } = setUp();
    const waiting = [rpc.request("a", {}, 60_000), rpc.request("b", {})];
    rpc.end("it died");
    rpc.end("too late");
    for (const one of waiting) await expect(one).rejects.toThrow("it died");
    await expect(rpc.request("c", {})).rejects.toThrow("it died");
    rpc.notify("d");
    rpc.respond(1, {});
    rpc.refuse(1, 1, "no");
    expect(sent).toHaveLength(2);
  });

  it("never throws, whatever it is told", () => {
    const { rpc } = setUp();
    const message = fc.record(
      { id: fc.jsonValue(), method: fc.jsonValue(), params: fc.jsonValue(), result: fc.jsonValue(), error: fc.jsonValue() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          message.map((value) => JSON.stringify(value)),
        ),
        (line) => rpc.receive(line),
      ),
    );
  });
});
