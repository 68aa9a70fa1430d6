import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKit, type Kit, offer, TOKEN, types } from "./test/kit.ts";

let kit: Kit;
beforeEach(async () => {
  kit = await createKit();
});
afterEach(() => kit.close());

const endpoints = () => kit.call(kit.ann, "endpoints.list", {});

describe("runtimes.connect", () => {
  it("takes the header's token before the hello's, and refuses every other", async () => {
    const refused = { code: "UNAUTHENTICATED", message: "this runtime is not known here, or its token is wrong" };
    await expect(kit.connect({}, "wrong")).rejects.toMatchObject(refused);
    await expect(kit.connect({ token: TOKEN }, "wrong")).rejects.toMatchObject(refused);
    await expect(kit.connect({ runtime_id: "r2" })).rejects.toMatchObject(refused);
    await expect(kit.connect({ runtime_id: "r9" })).rejects.toMatchObject(refused);
    await expect(kit.connect({}, "")).rejects.toMatchObject(refused);
    expect(await kit.db.prisma.runtime.count()).toBe(0);
    const hello = { type: "runtime.hello", protocol: [1], runtime_id: "r1", version: "1", endpoints: [], sessions: [] } as const;
    const plain = { ...hello, protocol: [1], endpoints: [], sessions: [] };
    await expect(kit.services.runtimes.connect(plain, undefined)).rejects.toMatchObject(refused);
    expect((await kit.services.runtimes.connect({ ...plain, token: TOKEN }, undefined)).link).toEqual({ runtime_id: "r1", epoch: 1 });
    expect((await kit.connect({ token: "wrong" })).link.epoch).toBe(2);
  });

  it("never gives two connections the same epoch, and fences the older ones", async () => {
    const links = (await Promise.all(Array.from({ length: 5 }, () => kit.connect()))).map((connected) => connected.link);
    expect(links.map((link) => link.epoch).sort()).toEqual([1, 2, 3, 4, 5]);
    const newest = links.find((link) => link.epoch === 5);
    const session_id = (await kit.newSession(kit.ann)).id;
    await kit.call(kit.ann, "messages.send", { session_id, content: "x" });
    const frame = { type: "events", session_id, stream: "s", from: 1, events: [{ type: "notice", level: "info", text: "x" }] } as const;
    for (const link of links) {
      if (link === newest) continue;
      await expect(kit.services.runtimes.ingest(link, { ...frame, events: [...frame.events] })).rejects.toMatchObject({
        code: "UNAVAILABLE",
      });
      expect(await kit.services.runtimes.pending(link, 0)).toEqual([]);
      await expect(kit.services.runtimes.offer(link, [])).rejects.toMatchObject({ code: "UNAVAILABLE" });
      await kit.services.runtimes.disconnected(link);
    }
    expect((await endpoints())[0]).toMatchObject({ online: true });
  });

  it("does not count a connection that failed half-way", async () => {
    const { positions } = kit.db.log;
    kit.db.log.positions = () => Promise.reject(new Error("the disk is gone"));
    await expect(kit.connect()).rejects.toThrow("the disk is gone");
    expect((await endpoints())[0]).toMatchObject({ id: "bash", online: false });
    kit.db.log.positions = positions;
    await kit.connect();
    expect((await endpoints())[0]).toMatchObject({ id: "bash", online: true });
  });

  it("says up to where each stream is stored, 0 for one it has not heard, nothing for a session that is not its own", async () => {
    const { link } = await kit.connect();
    const known = (await kit.newSession(kit.ann)).id;
    const silent = (await kit.newSession(kit.ann)).id;
    await kit.report(link, known, { type: "notice", level: "info", text: "1" }, { type: "notice", level: "info", text: "2" });
    await kit.connect({ runtime_id: "r2", endpoints: [offer("bash")] }, "runtime-two-secret");
    const foreign = (await kit.newSession(kit.bob, { endpoint_id: "bash@r2" })).id;
    const position = (session_id: string, stream = "stream-1") => ({ session_id, stream, next_ordinal: 9 });
    const { sessions } = await kit.connect({ sessions: [known, silent, foreign, "unknown"].map((id) => position(id)) });
    expect(sessions).toEqual([
      { session_id: known, stream: "stream-1", acked_ordinal: 2 },
      { session_id: silent, stream: "stream-1", acked_ordinal: 0 },
    ]);
    expect((await kit.connect({ sessions: [position(known, "stream-2")] })).sessions[0]?.acked_ordinal).toBe(0);
  });

  it("names the turns that the log holds for open, so that the runtime can end those it does not have", async () => {
    const { link } = await kit.connect();
    const session_id = (await kit.newSession(kit.ann, { title: "t" })).id;
    const quiet = (await kit.newSession(kit.ann, { title: "q" })).id;
    const first = await kit.call(kit.ann, "messages.send", { session_id, content: "x" });
    const second = await kit.call(kit.ann, "messages.send", { session_id, content: "y" });
    await kit.report(link, session_id, { type: "turn.started", turn_id: first.turn_id });
    const named = [session_id, quiet].map((id) => ({ session_id: id, stream: "stream-1", next_ordinal: 2 }));
    expect((await kit.connect({ sessions: named })).sessions).toEqual([
      { session_id, stream: "stream-1", acked_ordinal: 1, running_turn: first.turn_id, queued_turns: [second.turn_id] },
      { session_id: quiet, stream: "stream-1", acked_ordinal: 0 },
    ]);
  });

  it("ends turns of which the runtime has no memory, and only those", async () => {
    const { link } = await kit.connect();
    const ids = [(await kit.newSession(kit.ann, { title: "a" })).id, (await kit.newSession(kit.ann, { title: "b" })).id];
    for (const session_id of ids) {
      const { turn_id } = await kit.call(kit.ann, "messages.send", { session_id, content: "x" });
      const options = [{ id: "y", kind: "allow_once", label: "y" } as const];
      const asked = { type: "approval.requested", turn_id, approval_id: "a", tool: "t", title: "t", options } as const;
      await kit.report(link, session_id, { type: "turn.started", turn_id }, asked);
    }
    await kit.connect({ sessions: [{ session_id: ids[0] ?? "", stream: "stream-1", next_ordinal: 3 }] });
    expect(types(await kit.events(ids[0] ?? "")).at(-1)).toBe("approval.requested");
    expect((await kit.events(ids[1] ?? "")).slice(-2)).toMatchObject([
      { type: "approval.withdrawn", approval_id: "a" },
      { type: "turn.failed", error: { kind: "interrupted" } },
    ]);
  });
});

describe("endpoints.list", () => {
  it("shows what is offered, whether it can be reached, and when its runtime was heard", async () => {
    const { link } = await kit.connect({
      name: "Laptop",
      endpoints: [offer("bash", { tags: { kind: "shell" } }), offer("go", { unavailable: "go: command not found" })],
    });
    kit.time.now += 3_000;
    kit.services.runtimes.heard(link);
    const heard = new Date(kit.time.now).toISOString();
    expect(await endpoints()).toMatchObject([
      { id: "bash", tags: { kind: "shell" }, runtime_name: "Laptop", status: "online", online: true, reason: null, last_heard_at: heard },
      { id: "go", status: "unavailable", online: true, reason: "go: command not found" },
    ]);
    const hints = kit.hints("endpoints");
    await kit.services.runtimes.disconnected(link);
    expect(hints).toEqual([{ runtime_id: "r1" }]);
    expect((await endpoints()).map((endpoint) => [endpoint.status, endpoint.last_heard_at, endpoint.reason])).toEqual([
      ["offline", heard, null],
      ["offline", heard, null],
    ]);
    const again = await kit.connect({ endpoints: [offer("go"), offer("go")] });
    expect((await endpoints()).map((endpoint) => [endpoint.id, endpoint.status])).toEqual([["go", "online"]]);
    expect(again.link.epoch).toBe(2);
  });

  it("shows every runtime as offline after the hub's own start", async () => {
    await kit.connect();
    const restarted = kit.restarted();
    const listed = await restarted.execute("endpoints.list", kit.ann, {}, { address: "127.0.0.1" });
    expect(listed).toMatchObject([{ status: "offline", last_heard_at: new Date(kit.time.now).toISOString() }]);
  });

  it("gives an id that is taken the runtime's name, and keeps ids for ever", async () => {
    await kit.connect();
    await kit.connect({ runtime_id: "r2", endpoints: [offer("bash"), offer("own")] }, "runtime-two-secret");
    expect((await endpoints()).map((endpoint) => endpoint.id).sort()).toEqual(["bash", "bash@r2", "own"]);
    await kit.connect({ endpoints: [] });
    await kit.connect({ runtime_id: "r2", endpoints: [offer("bash")] }, "runtime-two-secret");
    expect((await endpoints()).map((endpoint) => endpoint.id)).toEqual(["bash@r2"]);
    await kit.connect();
    expect((await endpoints()).map((endpoint) => endpoint.id).sort()).toEqual(["bash", "bash@r2"]);
  });

  it("sends a runtime its own name of an endpoint", async () => {
    await kit.connect();
    const { link } = await kit.connect({ runtime_id: "r2", endpoints: [offer("bash")] }, "runtime-two-secret");
    const session_id = (await kit.newSession(kit.ann, { endpoint_id: "bash@r2" })).id;
    await kit.call(kit.ann, "messages.send", { session_id, content: "x" });
    expect(await kit.commands(link)).toMatchObject([{ kind: "turn.start", endpoint_id: "bash" }]);
  });
});

describe("what a runtime says", () => {
  it("is refused for a session that is not its own, and stored once", async () => {
    const { link } = await kit.connect();
    const other = await kit.connect({ runtime_id: "r2", endpoints: [] }, "runtime-two-secret");
    const session_id = (await kit.newSession(kit.ann)).id;
    const frame = (from: number) =>
      ({ type: "events", session_id, stream: "s", from, events: [{ type: "notice", level: "info", text: "x" } as const] }) as const;
    const ingest = (from: number, as = link) => kit.services.runtimes.ingest(as, { ...frame(from), events: [...frame(from).events] });
    await expect(ingest(1, other.link)).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(await ingest(1)).toEqual({ ordinal: 1 });
    expect(await ingest(1)).toEqual({ ordinal: 1 });
    await expect(ingest(3)).rejects.toMatchObject({ code: "CONFLICT" });
    expect(types(await kit.events(session_id))).toEqual(["session.created", "notice"]);
  });

  it("hints at the owner's list only when the session does something else than before", async () => {
    const { link } = await kit.connect();
    const session_id = (await kit.newSession(kit.ann)).id;
    const hints = kit.hints(`user.${kit.ann.user_id}`);
    await kit.report(link, session_id, { type: "message.delta", kind: "stdout", text: "x", message_id: "a" });
    expect(hints).toHaveLength(0);
    await kit.report(link, session_id, { type: "turn.started", turn_id: "t" });
    expect(hints).toHaveLength(1);
  });

  it("ends a turn whose command it refuses, once", async () => {
    const { link } = await kit.connect();
    const session_id = (await kit.newSession(kit.ann, { title: "t" })).id;
    const { turn_id } = await kit.call(kit.ann, "messages.send", { session_id, content: "x" });
    const id = (await kit.commands(link))[0]?.id ?? "";
    const ack = { type: "command.ack", id, state: "failed", error: "no such endpoint here" } as const;
    await kit.services.runtimes.acknowledge(link, ack);
    await kit.services.runtimes.acknowledge(link, ack);
    expect((await kit.events(session_id)).slice(2)).toMatchObject([
      { type: "turn.failed", turn_id, error: { kind: "internal", message: "no such endpoint here" } },
    ]);
    expect(await kit.commands(link)).toEqual([]);
    await kit.services.runtimes.acknowledge(link, { ...ack, id: "unknown" });
  });
});
