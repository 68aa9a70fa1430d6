import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { Readable } from "node:stream";
import { text as readText } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { CAPABILITIES, createKit, type Kit, offer, TOKEN, types } from "./test/kit.ts";

let kit: Kit;
afterEach(() => kit.close());

describe("sweep", () => {
  it("fails messages past their deadline with a clear text, and makes sure they do not run after all", async () => {
    kit = await createKit({ session: { message_expiry: "10m" } });
    const { link } = await kit.connect();
    const session_id = (await kit.newSession(kit.ann, { title: "t" })).id;
    await kit.services.runtimes.disconnected(link);
    const late = await kit.call(kit.ann, "messages.send", { session_id, content: "late", expires_in: 60 });
    const patient = await kit.call(kit.ann, "messages.send", { session_id, content: "patient" });
    await kit.services.sweep(kit.time.now + 59_000);
    expect(await kit.events(session_id)).toHaveLength(3);
    kit.time.now += 61_000;
    await kit.services.sweep(kit.time.now);
    await kit.services.sweep(kit.time.now);
    expect((await kit.events(session_id)).slice(3)).toMatchObject([
      { type: "turn.failed", turn_id: late.turn_id, error: { kind: "expired", message: /did not come back/ } },
    ]);
    expect(await kit.call(kit.ann, "sessions.get", { session_id })).toMatchObject({ state: "queued", queued: 1 });
    const again = await kit.connect();
    expect((await kit.commands(again.link)).map((command) => [command.kind, "turn_id" in command && command.turn_id])).toEqual([
      ["turn.start", patient.turn_id],
      ["turn.cancel", late.turn_id],
    ]);
    expect((await kit.call(kit.ann, "messages.list", { session_id })).at(-1)?.content).toMatch(/^Not delivered: /);
  });

  it("does not stop a turn that runs although the acknowledgement of its command never came", async () => {
    kit = await createKit();
    const { link } = await kit.connect();
    const session_id = (await kit.newSession(kit.ann, { title: "t" })).id;
    const { turn_id } = await kit.call(kit.ann, "messages.send", { session_id, content: "x", expires_in: 60 });
    await kit.report(link, session_id, { type: "turn.started", turn_id });
    kit.time.now += 61_000;
    await kit.services.sweep(kit.time.now);
    expect(types(await kit.events(session_id)).at(-1)).toBe("turn.started");
    expect(await kit.commands(link)).toEqual([]);
  });

  it("leaves alone what was delivered in time, and what has no deadline", async () => {
    kit = await createKit({ session: { message_expiry: 0, idle_timeout: 0 } });
    const { link } = await kit.connect();
    const session_id = (await kit.newSession(kit.ann, { title: "t" })).id;
    await kit.call(kit.ann, "messages.send", { session_id, content: "taken", expires_in: 60 });
    const id = (await kit.commands(link))[0]?.id ?? "";
    await kit.services.runtimes.acknowledge(link, { type: "command.ack", id, state: "delivered" });
    await kit.call(kit.ann, "messages.send", { session_id, content: "for ever" });
    kit.time.now += 365 * 86_400_000;
    await kit.services.sweep(kit.time.now);
    expect(types(await kit.events(session_id))).toEqual(["session.created", "message.posted", "message.posted"]);
  });

  it("suspends sessions nobody uses, not those that work or wait", async () => {
    kit = await createKit({ session: { idle_timeout: "1m" } });
    const { link } = await kit.connect();
    const used = (await kit.newSession(kit.ann, { title: "used" })).id;
    const unused = (await kit.newSession(kit.ann, { title: "unused" })).id;
    const waiting = (await kit.newSession(kit.ann, { title: "waiting" })).id;
    const { turn_id } = await kit.call(kit.ann, "messages.send", { session_id: used, content: "x" });
    await kit.report(link, used, { type: "turn.started", turn_id }, { type: "turn.completed", turn_id, stop_reason: "end_turn" });
    await kit.call(kit.ann, "messages.send", { session_id: waiting, content: "x" });
    await kit.services.sweep(kit.time.now + 59_000);
    expect((await kit.call(kit.ann, "sessions.list", { state: "closed" })).length).toBe(0);
    kit.time.now += 61_000;
    const fresh = (await kit.newSession(kit.ann, { title: "fresh" })).id;
    await kit.services.sweep(kit.time.now);
    const state = async (session_id: string) => (await kit.call(kit.ann, "sessions.get", { session_id })).state;
    expect(await Promise.all([used, unused, waiting, fresh].map(state))).toEqual(["closed", "closed", "queued", "idle"]);
    expect((await kit.events(used)).at(-1)).toMatchObject({ type: "session.closed", reason: "idle", by: { name: "system" } });
    expect((await kit.commands(link)).filter((command) => command.kind === "session.close")).toMatchObject([{ session_id: used }]);
    expect(await kit.call(kit.ann, "sessions.close", { session_id: used })).toEqual({ status: "closed" });
  });

  it("deletes closed sessions after the retention", async () => {
    kit = await createKit({ storage: { retention: "1h" }, session: { idle_timeout: 0 } });
    await kit.connect();
    const closed = (await kit.newSession(kit.ann)).id;
    const open = (await kit.newSession(kit.ann)).id;
    await kit.call(kit.ann, "sessions.close", { session_id: closed });
    kit.time.now += 3_599_000;
    await kit.services.sweep(kit.time.now);
    expect(await kit.call(kit.ann, "sessions.list", {})).toHaveLength(2);
    kit.time.now += 2_000;
    await kit.services.sweep(kit.time.now);
    expect((await kit.call(kit.ann, "sessions.list", {})).map((session) => session.id)).toEqual([open]);
  });

  it("deletes a recording with its session, row and bytes", async () => {
    kit = await createKit({ storage: { retention: "1h" } });
    const shell = offer("shell", { profile: "terminal", capabilities: { ...CAPABILITIES, terminal: "only" } });
    await kit.connect({ endpoints: [shell] });
    const session_id = (await kit.call(kit.ann, "terminals.open", { endpoint_id: "shell" })).id;
    const text = '{"version":2,"width":80,"height":24}\n[0.1,"o","secret"]\n';
    const body = Readable.from([Buffer.from(text)]);
    const upload = { token: TOKEN, session_id, name: "run-1.cast", mime_type: "application/x-asciicast", address: "127.0.0.1", body };
    const { file_id } = await kit.services.files.uploadRecording(upload);
    const download = () => kit.services.files.download(kit.ann, { session_id, file_id, address: "127.0.0.1" });
    expect(await readText((await download()).stream)).toBe(text);
    const bytes = () => readdirSync(kit.folder, { recursive: true }).filter((path) => String(path).includes(file_id));
    expect(bytes()).not.toEqual([]);
    await kit.call(kit.ann, "sessions.close", { session_id });
    kit.time.now += 3_599_000;
    await kit.services.sweep(kit.time.now);
    await download();
    kit.time.now += 2_000;
    await kit.services.sweep(kit.time.now);
    await expect(download()).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(bytes()).toEqual([]);
    expect(await kit.db.prisma.file.count()).toBe(0);
  });

  it("deletes what an agent made with its session, row and bytes", async () => {
    kit = await createKit({ storage: { retention: "1h" } });
    await kit.connect();
    const session_id = (await kit.newSession(kit.ann)).id;
    const sha256 = createHash("sha256").update("a picture").digest("hex");
    const upload = { token: TOKEN, session_id, name: "a.png", mime_type: "image/png", sha256, address: "127.0.0.1" };
    const { file_id } = await kit.services.files.uploadMade({ ...upload, body: Readable.from([Buffer.from("a picture")]) });
    const bytes = () => readdirSync(kit.folder, { recursive: true }).filter((path) => String(path).includes(file_id));
    expect(bytes()).not.toEqual([]);
    await kit.call(kit.ann, "sessions.close", { session_id });
    kit.time.now += 3_601_000;
    await kit.services.sweep(kit.time.now);
    expect(bytes()).toEqual([]);
    expect(await kit.db.prisma.file.count()).toBe(0);
  });

  it("does the other duties when one fails, and logs why", async () => {
    kit = await createKit({ session: { idle_timeout: "1m" } });
    await kit.connect();
    await kit.newSession(kit.ann);
    kit.db.commands.overdue = () => Promise.reject(new Error("the disk is gone"));
    kit.time.now += 61_000;
    await kit.services.sweep(kit.time.now);
    expect(await kit.call(kit.ann, "sessions.list", { state: "closed" })).toHaveLength(1);
    expect(kit.lines.filter((line) => line.level === "error")).toHaveLength(1);
  });
});
