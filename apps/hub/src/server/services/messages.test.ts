import { MAX_MESSAGE_BYTES, MAX_QUEUED_TURNS } from "@fairlead/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKit, type Kit, offer, types } from "./test/kit.ts";

let kit: Kit;
let session_id: string;
beforeEach(async () => {
  kit = await createKit({ session: { idle_timeout: "1m", max_per_user: 2, message_expiry: "1h" } });
});
afterEach(() => kit.close());

async function begin() {
  const connected = await kit.connect();
  session_id = (await kit.newSession(kit.ann)).id;
  return connected.link;
}
const send = (content: string, more: { message_id?: string; expires_in?: number } = {}) =>
  kit.call(kit.ann, "messages.send", { session_id, content, ...more });

describe("messages.send", () => {
  it("logs the message and stores the command for it, and tells runtime and screens", async () => {
    const link = await begin();
    const runtimeHints = kit.hints("runtime.r1");
    const userHints = kit.hints(`user.${kit.ann.user_id}`);
    const sent = await send("hello", { message_id: "m-1" });
    expect(sent).toMatchObject({ seq: 2, message_id: "m-1" });
    const expires_at = kit.time.now + 3_600_000;
    expect((await kit.events(session_id))[1]).toMatchObject({
      type: "message.posted",
      seq: 2,
      turn_id: sent.turn_id,
      message_id: "m-1",
      content: "hello",
      by: { id: kit.ann.user_id, name: "ann" },
      expires_at,
    });
    expect(await kit.commands(link)).toMatchObject([
      { kind: "turn.start", session_id, turn_id: sent.turn_id, message_id: "m-1", endpoint_id: "bash", content: "hello", native_id: null },
    ]);
    expect(runtimeHints).toHaveLength(1);
    expect(userHints).toContainEqual({ topic: "sessions", id: session_id });
    expect(await kit.call(kit.ann, "sessions.get", { session_id })).toMatchObject({ state: "queued", queued: 1 });
  });

  it("names an unnamed session after its first message, and no other", async () => {
    await begin();
    await send(`\n  ${"long ".repeat(40)}\nsecond line`);
    const { title } = await kit.call(kit.ann, "sessions.get", { session_id });
    expect([...title]).toHaveLength(60);
    expect(title).toMatch(/^long long .*…$/);
    await send("other");
    expect(types(await kit.events(session_id))).toEqual(["session.created", "message.posted", "session.renamed", "message.posted"]);
    session_id = (await kit.newSession(kit.ann, { title: "Mine" })).id;
    await send("hello");
    expect((await kit.call(kit.ann, "sessions.get", { session_id })).title).toBe("Mine");
  });

  it("answers the same id with the same answer, whatever happened since, and another text with CONFLICT", async () => {
    const link = await begin();
    const first = await send("hello", { message_id: "m-1" });
    await kit.call(kit.ann, "sessions.close", { session_id });
    expect(await send("hello", { message_id: "m-1" })).toEqual(first);
    await expect(send("hullo", { message_id: "m-1" })).rejects.toMatchObject({ code: "CONFLICT", message: /message_id/ });
    expect((await kit.events(session_id)).filter((event) => event.type === "message.posted")).toHaveLength(1);
    expect((await kit.commands(link)).map((command) => command.kind)).toEqual(["session.close"]);
  });

  it("posts an id once when it comes twenty times at once", async () => {
    const link = await begin();
    const answers = await Promise.all(Array.from({ length: 20 }, () => send("hello", { message_id: "same" })));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await kit.commands(link)).toHaveLength(1);
  });

  it("keeps the order of twenty messages sent at once, with numbers of their own", async () => {
    const link = await begin();
    const texts = Array.from({ length: 20 }, (_, index) => `message ${index}`);
    const answers = await Promise.all(texts.map((text) => send(text)));
    const numbers = answers.map((answer) => answer.seq);
    expect(new Set(numbers).size).toBe(20);
    expect([...numbers].sort((a, b) => a - b)).toEqual(numbers);
    expect((await kit.commands(link)).flatMap((command) => (command.kind === "turn.start" ? [command.content] : []))).toEqual(texts);
    expect((await kit.events(session_id)).map((event) => event.seq)).toEqual(Array.from({ length: 22 }, (_, index) => index + 1));
  });

  it("has bounds: bytes of a message, messages that wait, an empty text", async () => {
    await begin();
    await expect(send("ä".repeat(MAX_MESSAGE_BYTES / 2 + 1))).rejects.toMatchObject({ code: "TOO_LARGE" });
    await expect(send("")).rejects.toMatchObject({ code: "INVALID_INPUT", message: /^content: / });
    await send("ä".repeat(MAX_MESSAGE_BYTES / 2));
    for (let index = 1; index < MAX_QUEUED_TURNS; index += 1) await send("x");
    await expect(send("one more")).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  });

  it("waits for a runtime that is away, and refuses where the command is missing", async () => {
    const link = await begin();
    await kit.services.runtimes.disconnected(link);
    expect(await send("for later", { expires_in: 60 })).toMatchObject({ seq: 2 });
    const again = await kit.connect({ endpoints: [offer("bash", { unavailable: "bash: not installed" })] });
    await expect(send("now")).rejects.toMatchObject({ code: "CONFLICT", message: "The bash cannot run: bash: not installed" });
    await kit.services.runtimes.offer(again.link, [offer("bash")]);
    await send("now");
    await kit.services.runtimes.offer(again.link, []);
    await expect(send("gone")).rejects.toMatchObject({ code: "CONFLICT", message: /no longer offered/ });
  });

  it("wakes a suspended session, with the agent's own id, if there is room", async () => {
    const link = await begin();
    const { turn_id } = await send("hello");
    const started = { type: "turn.started", turn_id } as const;
    const ended = { type: "turn.completed", turn_id, stop_reason: "end_turn" } as const;
    await kit.report(link, session_id, started, { type: "session.identified", native_id: "native-1" }, ended);
    kit.time.now += 61_000;
    await kit.services.sweep(kit.time.now);
    expect((await kit.call(kit.ann, "sessions.get", { session_id })).state).toBe("closed");
    const others = [await kit.newSession(kit.ann), await kit.newSession(kit.ann)];
    await expect(send("again")).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    await kit.call(kit.ann, "sessions.close", { session_id: others[0]?.id ?? "" });
    const before = (await kit.events(session_id)).length;
    const sent = await send("again");
    const woken = (await kit.events(session_id)).slice(before);
    expect(types(woken)).toEqual(["session.reopened", "message.posted"]);
    expect(sent.seq).toBe(before + 2);
    expect((await kit.commands(link)).at(-1)).toMatchObject({ kind: "turn.start", content: "again", native_id: "native-1" });
  });
});

describe("messages.list", () => {
  const piece = (message_id: string, text: string, turn_id: string) =>
    ({ type: "message.delta", kind: "stdout", text, message_id, turn_id }) as const;

  it("joins what was streamed, and returns what grew again, whole", async () => {
    const link = await begin();
    const { turn_id } = await send("run", { message_id: "m-1" });
    await kit.report(link, session_id, { type: "turn.started", turn_id }, piece("a-1", "one ", turn_id), piece("a-1", "two ", turn_id));
    const list = async (input: { after_seq?: number; limit?: number } = {}) =>
      (await kit.call(kit.ann, "messages.list", { session_id, ...input })).map(({ id, seq, direction, channel, content }) => [
        id,
        seq,
        direction,
        channel,
        content,
      ]);
    const asked = ["m-1", 2, "user", "stdin", "run"];
    expect(await list()).toEqual([asked, ["a-1", 6, "agent", "stdout", "one two "]]);
    expect(await list({ limit: 1 })).toEqual([asked]);
    expect(await list({ after_seq: 6 })).toEqual([]);
    await kit.report(link, session_id, piece("a-1", "three", turn_id), {
      type: "turn.failed",
      turn_id,
      error: { kind: "exit", message: "exit code 3" },
    });
    expect(await list({ after_seq: 6 })).toEqual([
      ["a-1", 7, "agent", "stdout", "one two three"],
      ["event-8", 8, "system", "system", "Failed: exit code 3"],
    ]);
    expect(await list({ after_seq: 6, limit: 1 })).toEqual([["a-1", 7, "agent", "stdout", "one two three"]]);
  });

  it("pages through thousands of pieces and loses none", async () => {
    const link = await begin();
    const { turn_id } = await send("run", { message_id: "m-1" });
    const texts = new Map<string, string>();
    for (let batch = 0; batch < 6; batch += 1) {
      const pieces = Array.from({ length: 500 }, (_, index) => {
        const id = `a-${(index * 7 + batch) % 40}`;
        texts.set(id, `${texts.get(id) ?? ""}${batch}.${index} `);
        return piece(id, `${batch}.${index} `, turn_id);
      });
      await kit.report(link, session_id, ...pieces);
    }
    const seen = new Map<string, string>();
    let after_seq = 0;
    for (;;) {
      const page = await kit.call(kit.ann, "messages.list", { session_id, after_seq, limit: 7 });
      for (const message of page) if (message.direction === "agent") seen.set(message.id, message.content);
      const last = page.at(-1);
      if (last === undefined) break;
      after_seq = last.seq;
    }
    expect(seen).toEqual(texts);
  });

  it("ends a page early where messages are huge, with each of them whole", async () => {
    const link = await begin();
    const { turn_id } = await send("run", { message_id: "m-1" });
    const big = "x".repeat(60_000);
    for (const id of ["a-1", "a-2", "a-3"]) {
      for (let part = 0; part < 14; part += 1) {
        await kit.report(
          link,
          session_id,
          ...Array.from({ length: 40 }, () => piece(id, part % 7 === 0 ? big.slice(0, 3_000) : "y", turn_id)),
        );
      }
      await kit.report(link, session_id, ...Array.from({ length: 60 }, () => piece(id, big, turn_id)));
    }
    const lengths: number[] = [];
    let after_seq = 2;
    for (let pages = 0; lengths.length < 3; pages += 1) {
      expect(pages).toBeLessThan(4);
      const page = await kit.call(kit.ann, "messages.list", { session_id, after_seq });
      lengths.push(...page.filter((message) => message.direction === "agent").map((message) => message.content.length));
      after_seq = page.at(-1)?.seq ?? after_seq;
    }
    const whole = 60 * 60_000 + 2 * 40 * 3_000 + 12 * 40;
    expect(lengths).toEqual([whole, whole, whole]);
  });
});
