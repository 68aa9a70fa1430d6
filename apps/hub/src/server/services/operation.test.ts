import { AppError, CONTRACTS, type ErrorCode, OPERATION_NAMES, type OperationName } from "@fairlead/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ANONYMOUS, type Principal, SYSTEM } from "../domain/principal.ts";
import { createKit, type Kit } from "./test/kit.ts";

let kit: Kit;
beforeEach(async () => {
  kit = await createKit();
});
afterEach(() => kit.close());

async function codeOf(principal: Principal, name: OperationName, input: unknown = {}): Promise<ErrorCode | "OK" | "not an AppError"> {
  try {
    await kit.services.execute(name, principal, input, { address: "127.0.0.1" });
    return "OK";
  } catch (thrown) {
    return thrown instanceof AppError ? thrown.code : "not an AppError";
  }
}

describe("execute", () => {
  it("implements every contract", async () => {
    expect(OPERATION_NAMES).toHaveLength(43);
    for (const name of OPERATION_NAMES) {
      const code = await codeOf(kit.admin, name, { session_id: "none", approval_id: "none", seq: 0, content: "x", option_id: "x" });
      expect(["OK", "NOT_FOUND", "INVALID_INPUT"], name).toContain(code);
    }
  });

  it("lets only those in whom the contract lets in, before it looks at the input", async () => {
    for (const name of OPERATION_NAMES) {
      const { access } = CONTRACTS[name];
      if (access === "public") continue;
      expect(await codeOf(ANONYMOUS, name, "nonsense"), name).toBe("UNAUTHENTICATED");
      expect(await codeOf(SYSTEM, name, "nonsense"), name).toBe("UNAUTHENTICATED");
      if (access === "admin") expect(await codeOf(kit.ann, name, "nonsense"), name).toBe("FORBIDDEN");
    }
  });

  it("names the fields at fault", async () => {
    const attempt = kit.services.execute("sessions.create", kit.ann, { endpoint_id: 7, title: "" }, { address: "" });
    await expect(attempt).rejects.toMatchObject({ code: "INVALID_INPUT", message: expect.stringMatching(/^endpoint_id: .*; title: /) });
    for (const nonsense of [null, undefined, 3, "x", [], { session_id: "../etc/passwd" }, { session_id: "x".repeat(10_000) }]) {
      expect(await codeOf(kit.ann, "sessions.get", nonsense)).toBe("INVALID_INPUT");
    }
  });

  it("tells of a failure by a number that stands in the log, never by its text", async () => {
    kit.db.log.session = () => Promise.reject(new Error("password of the database: hunter2"));
    const failed = await kit.services
      .execute("events.list", kit.ann, { session_id: "s" }, { address: "" })
      .catch((error: unknown) => error as AppError);
    expect(failed).toMatchObject({ code: "INTERNAL" });
    const errors = kit.lines.filter((line) => line.level === "error");
    expect(errors).toHaveLength(1);
    const { correlation_id } = (errors[0]?.fields ?? {}) as { correlation_id?: string };
    expect(correlation_id).toBeDefined();
    expect(failed).toMatchObject({ message: `the hub failed; its log says why under ${correlation_id}` });
  });

  it("writes one line per operation: its name, its outcome, its time, nothing of what was said", async () => {
    await kit.connect();
    const { id: session_id } = await kit.newSession(kit.ann);
    await kit.call(kit.ann, "messages.send", { session_id, content: "a secret" });
    await codeOf(kit.bob, "messages.send", { session_id, content: "a secret" });
    const lines = kit.lines.filter((line) => line.level === "debug").map((line) => line.fields);
    const ms = expect.any(Number);
    expect(lines).toEqual([
      { operation: "sessions.create", code: "OK", ms },
      { operation: "messages.send", code: "OK", ms },
      { operation: "messages.send", code: "NOT_FOUND", ms },
    ]);
    expect(JSON.stringify(kit.lines)).not.toContain("secret");
  });
});

describe("users", () => {
  it("says who I am", async () => {
    expect(await kit.call(kit.ann, "me.get", {})).toEqual({
      id: "u-ann",
      username: "ann",
      role: "user",
      created_at: new Date(kit.time.now).toISOString(),
    });
    expect(await codeOf({ ...kit.ann, user_id: "gone" }, "me.get")).toBe("UNAUTHENTICATED");
  });

  it("lets an admin add users, whose names differ by more than case", async () => {
    const made = await kit.call(kit.admin, "users.create", { username: "Carol", password: "long enough" });
    expect(made).toMatchObject({ username: "Carol", role: "user" });
    expect((await kit.db.prisma.user.findUnique({ where: { id: made.id } }))?.passwordHash).toBe("hash:11");
    expect((await kit.call(kit.admin, "users.list", {})).map((user) => user.username)).toEqual(["ann", "bob", "Carol", "root"]);
    expect(await codeOf(kit.admin, "users.create", { username: "cAROL", password: "long enough" })).toBe("CONFLICT");
    expect(await codeOf(kit.admin, "users.create", { username: "dave", password: "short" })).toBe("INVALID_INPUT");
    const twice = await Promise.all([1, 2].map(() => codeOf(kit.admin, "users.create", { username: "erin", password: "long enough" })));
    expect(twice.sort()).toEqual(["CONFLICT", "OK"]);
  });
});

describe("events", () => {
  it("are read by page, from either end, with the newest number", async () => {
    await kit.connect();
    const { id: session_id } = await kit.newSession(kit.ann);
    for (let index = 0; index < 5; index += 1) await kit.call(kit.ann, "messages.send", { session_id, content: `m${index}` });
    const list = async (input: object) => {
      const { from, to, head, events } = await kit.call(kit.ann, "events.list", { session_id, ...input });
      expect(events.map((event) => event.seq)).toEqual(Array.from({ length: to - from + 1 }, (_, index) => from + index));
      return [from, to, head];
    };
    expect(await list({})).toEqual([1, 7, 7]);
    expect(await list({ after_seq: 2, limit: 2 })).toEqual([3, 4, 7]);
    expect(await list({ after_seq: "7" })).toEqual([8, 7, 7]);
    expect(await list({ before_seq: 4, limit: 2 })).toEqual([2, 3, 7]);
    expect(await codeOf(kit.ann, "events.list", { session_id, after_seq: 1, before_seq: 2 })).toBe("INVALID_INPUT");
    expect(await codeOf(kit.ann, "events.list", { session_id, limit: 1_001 })).toBe("INVALID_INPUT");
    const last = await kit.call(kit.ann, "events.list", { session_id, before_seq: 8, limit: 1, include: "state" });
    expect(last.state?.queue).toHaveLength(5);
    expect(await kit.services.events.open(kit.ann, session_id)).toBe(7);
    expect(await kit.services.events.open(kit.admin, session_id)).toBe(7);
    const page = await kit.services.events.page(session_id, 5);
    expect([page.from, page.to, page.head, page.events.length]).toEqual([6, 7, 7, 2]);
    expect(await kit.services.events.heads([session_id, "none"])).toEqual(new Map([[session_id, 7]]));
  });
});
