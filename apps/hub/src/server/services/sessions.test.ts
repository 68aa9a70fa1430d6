import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKit, type Kit, offer, types } from "./test/kit.ts";

let kit: Kit;
beforeEach(async () => {
  kit = await createKit({ session: { max_per_user: 3 } });
});
afterEach(() => kit.close());

describe("sessions.create", () => {
  it("starts a session named after its endpoint, with an event", async () => {
    await kit.connect();
    const session = await kit.newSession(kit.ann);
    expect(session).toMatchObject({
      endpoint_id: "bash",
      endpoint_name: "The bash",
      runtime_id: "r1",
      profile: "generic-cli",
      user_id: kit.ann.user_id,
      title: "The bash",
      state: "idle",
      queued: 0,
      last_seq: 1,
      unread: false,
    });
    expect(await kit.events(session.id)).toMatchObject([{ type: "session.created", seq: 1, title: "The bash", by: { name: "ann" } }]);
  });

  it("refuses an unknown endpoint, one that is gone and one that cannot run", async () => {
    await expect(kit.newSession(kit.ann)).rejects.toMatchObject({ code: "NOT_FOUND" });
    const { link } = await kit.connect({ endpoints: [offer("bash", { unavailable: "bash: command not found" })] });
    await expect(kit.newSession(kit.ann)).rejects.toMatchObject({ code: "CONFLICT", message: /command not found/ });
    await kit.services.runtimes.offer(link, [offer("other")]);
    await expect(kit.newSession(kit.ann)).rejects.toMatchObject({ code: "CONFLICT", message: /no longer offered/ });
  });

  it("keeps each user to the limit, also when all come at once; a closed session makes room", async () => {
    await kit.connect();
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => kit.newSession(kit.ann)));
    const made = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []));
    expect(made).toHaveLength(3);
    for (const attempt of attempts) if (attempt.status === "rejected") expect(attempt.reason).toMatchObject({ code: "LIMIT_EXCEEDED" });
    await kit.newSession(kit.bob);
    await kit.call(kit.ann, "sessions.close", { session_id: made[0]?.id ?? "" });
    await kit.newSession(kit.ann);
  });
});

describe("sessions.list", () => {
  it("shows one's own only, newest activity first, by pages, state and title", async () => {
    await kit.connect();
    const titles = ["Alpha", "beta 100%", "Ägypten_1"];
    const sessions = [];
    for (const title of titles) {
      kit.time.now += 1_000;
      sessions.push(await kit.newSession(kit.ann, { title }));
    }
    await kit.newSession(kit.bob, { title: "Bob's" });
    const list = (input: object = {}) => kit.call(kit.ann, "sessions.list", input).then((rows) => rows.map((row) => row.title));
    expect(await list()).toEqual(["Ägypten_1", "beta 100%", "Alpha"]);
    expect(await list({ limit: 1, offset: 1 })).toEqual(["beta 100%"]);
    expect(await list({ search: "ALPH" })).toEqual(["Alpha"]);
    expect(await list({ search: "%" })).toEqual(["beta 100%"]);
    expect(await list({ search: "_" })).toEqual(["Ägypten_1"]);
    expect(await list({ search: "ägyp" })).toEqual(["Ägypten_1"]);
    expect(await list({ search: "'; drop" })).toEqual([]);
    kit.time.now += 1_000;
    await kit.call(kit.ann, "messages.send", { session_id: sessions[0]?.id ?? "", content: "hi" });
    expect(await list()).toEqual(["Alpha", "Ägypten_1", "beta 100%"]);
    expect(await list({ state: "queued" })).toEqual(["Alpha"]);
    expect(await list({ state: "queued", search: "beta" })).toEqual([]);
    expect(await list({ search: "a", limit: 2 })).toEqual(["Alpha", "beta 100%"]);
  });
});

describe("one session", () => {
  it("is nobody else's business: unknown and foreign ids look the same, an admin may see it", async () => {
    await kit.connect();
    const { id: session_id } = await kit.newSession(kit.ann);
    const calls = [
      () => kit.call(kit.bob, "sessions.get", { session_id }),
      () => kit.call(kit.bob, "sessions.rename", { session_id, title: "mine" }),
      () => kit.call(kit.bob, "sessions.read", { session_id, seq: 1 }),
      () => kit.call(kit.bob, "sessions.stop", { session_id }),
      () => kit.call(kit.bob, "sessions.close", { session_id }),
      () => kit.call(kit.bob, "messages.send", { session_id, content: "x" }),
      () => kit.call(kit.bob, "messages.list", { session_id }),
      () => kit.call(kit.bob, "events.list", { session_id }),
      () => kit.call(kit.bob, "approvals.answer", { session_id, approval_id: "a", option_id: "b" }),
      () => kit.call(kit.bob, "approvals.get", { session_id, approval_id: "a" }),
      () => kit.call(kit.bob, "approvals.propose_rule", { session_id, approval_id: "a" }),
      () => kit.call(kit.bob, "sessions.configure", { session_id, option_id: "a", value_id: "b" }),
      () => kit.call(kit.bob, "sessions.changes", { session_id }),
      () => kit.services.events.open(kit.bob, session_id),
      () => kit.call(kit.ann, "sessions.get", { session_id: "nothing" }),
    ];
    const said = await Promise.all(
      calls.map((make) => make().catch((error: Error & { code?: string }) => `${error.code}: ${error.message}`)),
    );
    expect(new Set(said)).toEqual(new Set(["NOT_FOUND: there is no such session"]));
    expect((await kit.call(kit.admin, "sessions.get", { session_id })).user_id).toBe(kit.ann.user_id);
    for (const refused of [
      kit.call(kit.admin, "messages.send", { session_id, content: "x" }),
      kit.call(kit.admin, "sessions.rename", { session_id, title: "x" }),
      kit.call(kit.admin, "sessions.read", { session_id, seq: 1 }),
      kit.call(kit.admin, "sessions.configure", { session_id, option_id: "model", value_id: "b" }),
    ]) {
      await expect(refused).rejects.toMatchObject({ code: "FORBIDDEN" });
    }
    expect(types(await kit.events(session_id))).toEqual(["session.created"]);
  });

  it("can be renamed, once per name, and tells its owner's screens", async () => {
    await kit.connect();
    const { id: session_id } = await kit.newSession(kit.ann);
    const hints = kit.hints(`user.${kit.ann.user_id}`);
    expect((await kit.call(kit.ann, "sessions.rename", { session_id, title: "  Work " })).title).toBe("Work");
    await kit.call(kit.ann, "sessions.rename", { session_id, title: "Work" });
    expect(types(await kit.events(session_id))).toEqual(["session.created", "session.renamed"]);
    expect(hints[0]).toEqual({ topic: "sessions", id: session_id });
    await expect(kit.call(kit.ann, "sessions.rename", { session_id, title: "   " })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: /^title: /,
    });
  });

  it("remembers how far it was read, never backwards and never beyond its end", async () => {
    await kit.connect();
    const { id: session_id } = await kit.newSession(kit.ann);
    for (const content of ["a", "b", "c"]) await kit.call(kit.ann, "messages.send", { session_id, content });
    const read = async (seq: number) => (await kit.call(kit.ann, "sessions.read", { session_id, seq })).read_seq;
    expect((await kit.call(kit.ann, "sessions.get", { session_id })).unread).toBe(true);
    expect(await read(3)).toBe(3);
    expect(await read(2)).toBe(3);
    expect(await read(1_000)).toBe(5);
    expect(await kit.call(kit.ann, "sessions.get", { session_id })).toMatchObject({ read_seq: 5, unread: false });
  });
});

describe("sessions.close", () => {
  it("ends what waits and the agent, once; later messages are refused", async () => {
    const { link } = await kit.connect();
    const { id: session_id } = await kit.newSession(kit.ann, { title: "t" });
    const { turn_id } = await kit.call(kit.ann, "messages.send", { session_id, content: "one" });
    expect(await kit.call(kit.ann, "sessions.close", { session_id })).toEqual({ status: "closed" });
    expect(await kit.call(kit.ann, "sessions.close", { session_id })).toEqual({ status: "already_closed" });
    expect((await kit.events(session_id)).slice(2)).toMatchObject([
      { type: "turn.completed", turn_id, stop_reason: "cancelled" },
      { type: "session.closed", reason: "user", by: { name: "ann" } },
    ]);
    expect(await kit.commands(link)).toMatchObject([{ kind: "session.close", session_id }]);
    expect(await kit.call(kit.ann, "sessions.get", { session_id })).toMatchObject({ state: "closed", queued: 0 });
    await expect(kit.call(kit.ann, "messages.send", { session_id, content: "two" })).rejects.toMatchObject({ code: "CONFLICT" });
  });

  it("says when it was an admin", async () => {
    await kit.connect();
    const { id: session_id } = await kit.newSession(kit.ann);
    await kit.call(kit.admin, "sessions.close", { session_id });
    expect((await kit.events(session_id)).at(-1)).toMatchObject({ type: "session.closed", reason: "admin", by: { name: "root" } });
  });
});
