/** The audit trail on both databases: what leaves an entry, when it is written, who may read it, how long it stays. */
import { AppError, type AuditEntry, type ErrorCode, type OperationInput, type OperationName } from "@fairlead/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DIALECTS, startDatabases, type TestDatabases } from "../../../test/databases.ts";
import { ANONYMOUS, type Principal } from "../domain/principal.ts";
import { createKit, type Kit } from "./test/kit.ts";

let kit: Kit;

async function codeOf(principal: Principal, name: OperationName, input: unknown = {}): Promise<ErrorCode | "OK"> {
  try {
    await kit.services.execute(name, principal, input, { address: "192.0.2.7" });
    return "OK";
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown.code;
    throw thrown;
  }
}

const rename = (from: string, to: string) => kit.db.prisma.$executeRawUnsafe(`ALTER TABLE "${from}" RENAME TO "${to}"`);
const list = (input: OperationInput<"audit.list"> = {}): Promise<AuditEntry[]> => kit.call(kit.admin, "audit.list", input);
const told = (entries: readonly AuditEntry[]) => entries.map(({ operation, code }) => `${operation} ${code}`);
const makeRule = (note: string) => codeOf(kit.ann, "rules.create", { effect: "deny", note, when: { command: ["git", "push", "**"] } });

describe.each(DIALECTS)("the audit trail on %s", (dialect) => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await startDatabases(dialect);
  });
  afterAll(() => databases.stop());

  async function make(options: Parameters<typeof createKit>[0] = {}): Promise<void> {
    kit = await createKit({ ...options, ...(dialect === "postgres" ? { dsn: await databases.createDsn() } : {}) });
  }
  async function renew(options: Parameters<typeof createKit>[0]): Promise<void> {
    await kit.close();
    await make(options);
  }
  beforeEach(() => make());
  afterEach(() => kit.close());

  describe("an entry", () => {
    it("says who did what, on what, from where, and what became of it", async () => {
      await kit.connect();
      const { id: session_id } = await kit.newSession(kit.ann, { title: "The title" });
      await kit.call(kit.ann, "messages.send", { session_id, content: "a secret" });
      const at = new Date(kit.time.now).toISOString();
      const same = { at, actor: { kind: "user", id: "u-ann", name: "ann" }, address: "127.0.0.1", session_id, session_title: "The title" };
      const outcome = { code: "OK", ms: expect.any(Number) };
      expect(await list()).toEqual([
        { id: 2, ...same, operation: "messages.send", subject: null, detail: { content: { size: 8 } }, ...outcome },
        { id: 1, ...same, operation: "sessions.create", subject: "bash", detail: { endpoint_id: "bash", title: "The title" }, ...outcome },
      ]);
    });

    it("names what was made", async () => {
      const made = await kit.call(kit.admin, "users.create", { username: "carol", password: "a secret password" });
      expect(await list()).toMatchObject([{ operation: "users.create", subject: made.id, detail: { username: "carol", role: "user" } }]);
      expect(JSON.stringify(await kit.db.prisma.auditEntry.findMany())).not.toContain("secret");
    });

    it("is written before the deed: a crash inside leaves it, its outcome not known", async () => {
      await kit.connect();
      const { id: session_id } = await kit.newSession(kit.ann);
      // A process that ends in the middle is, to the database, one that never comes back from here.
      const reached = new Promise<void>((resolve) => {
        kit.db.log.append = () => {
          resolve();
          return new Promise(() => undefined);
        };
      });
      void kit.call(kit.ann, "sessions.close", { session_id });
      await reached;
      expect((await list())[0]).toMatchObject({ operation: "sessions.close", session_id, code: null, ms: null });
    });

    it("that cannot be written refuses the deed", async () => {
      await rename("AuditEntry", "Gone");
      expect(await makeRule("x")).toBe("UNAVAILABLE");
      expect(await kit.call(kit.ann, "rules.list", {})).toEqual([]);
      await rename("Gone", "AuditEntry");
      expect(await makeRule("x")).toBe("OK");
    });

    it("whose outcome cannot be written takes nothing from the deed", async () => {
      await kit.connect();
      const { id: session_id } = await kit.newSession(kit.ann);
      const { append } = kit.db.log;
      kit.db.log.append = async (...args) => {
        await rename("AuditEntry", "Gone");
        return append(...args);
      };
      expect(await codeOf(kit.ann, "sessions.close", { session_id })).toBe("OK");
      await rename("Gone", "AuditEntry");
      expect((await list())[0]).toMatchObject({ operation: "sessions.close", session_id, code: null });
      expect(kit.lines.filter((line) => line.level === "error")).toHaveLength(1);
    });
  });

  describe("refusals", () => {
    it("are entries with their code, those of the access too", async () => {
      await kit.connect();
      const { id: session_id } = await kit.newSession(kit.ann, { title: "t" });
      await codeOf(kit.bob, "messages.send", { session_id, content: "x" });
      await codeOf(kit.admin, "messages.send", { session_id, content: "x" });
      await codeOf(kit.bob, "users.create", { username: "mallory", password: "a secret password", role: "admin" });
      await codeOf(kit.bob, "users.create", "nonsense");
      kit.db.log.append = () => Promise.reject(new Error("the disk is gone"));
      await codeOf(kit.ann, "sessions.close", { session_id });
      const entries = await list({ limit: 5 });
      expect(told(entries)).toEqual([
        "sessions.close INTERNAL",
        "users.create FORBIDDEN",
        "users.create FORBIDDEN",
        "messages.send FORBIDDEN",
        "messages.send NOT_FOUND",
      ]);
      expect(entries[1]?.detail).toEqual({});
      expect(entries[2]).toMatchObject({ actor: { name: "bob" }, address: "192.0.2.7", detail: { username: "mallory", role: "admin" } });
    });

    it("of strangers, of what does not parse, and queries and reading marks leave nothing", async () => {
      await kit.connect();
      const { id: session_id } = await kit.newSession(kit.ann, { title: "t" });
      expect(await codeOf(ANONYMOUS, "messages.send", { session_id, content: "x" })).toBe("UNAUTHENTICATED");
      expect(await codeOf(kit.ann, "messages.send", { session_id, content: "" })).toBe("INVALID_INPUT");
      expect(await codeOf(kit.ann, "sessions.read", { session_id, seq: 1 })).toBe("OK");
      expect(await codeOf(kit.ann, "sessions.get", { session_id })).toBe("OK");
      expect(await codeOf(kit.ann, "audit.list")).toBe("FORBIDDEN");
      expect(told(await list())).toEqual(["sessions.create OK"]);
    });
  });

  describe("the list", () => {
    it("goes back page by page, whatever is added meanwhile", async () => {
      for (let index = 0; index < 5; index += 1) await makeRule(`r${index}`);
      const notes = (entries: readonly AuditEntry[]) => entries.map(({ detail }) => detail.note);
      const first = await list({ limit: 2 });
      expect(notes(first)).toEqual(["r4", "r3"]);
      await makeRule("r5");
      const before = first.at(-1)?.id;
      const second = await list({ limit: 2, before });
      expect(notes(second)).toEqual(["r2", "r1"]);
      expect(notes(await list({ limit: 2, before: second.at(-1)?.id }))).toEqual(["r0"]);
      expect(await codeOf(kit.admin, "audit.list", { limit: 501 })).toBe("INVALID_INPUT");
    });

    it("filters by person, by session and by how an operation's name begins", async () => {
      await kit.connect();
      const { id: session_id } = await kit.newSession(kit.ann);
      await kit.newSession(kit.bob);
      await kit.call(kit.ann, "sessions.close", { session_id });
      await makeRule("x");
      expect(told(await list({ user_id: "u-bob" }))).toEqual(["sessions.create OK"]);
      expect(told(await list({ session_id }))).toEqual(["sessions.close OK", "sessions.create OK"]);
      expect(told(await list({ operation: "sessions." }))).toEqual(["sessions.close OK", "sessions.create OK", "sessions.create OK"]);
      expect(told(await list({ operation: "sessions.close" }))).toEqual(["sessions.close OK"]);
      expect(told(await list({ operation: "sessions.", user_id: "u-ann", session_id, limit: 1 }))).toEqual(["sessions.close OK"]);
      expect(await list({ operation: "s_ssions" })).toEqual([]);
      expect(await codeOf(kit.admin, "audit.list", { operation: "%" })).toBe("INVALID_INPUT");
    });
  });

  describe("retention", () => {
    const entries = () => kit.db.prisma.auditEntry.count();

    it("takes old entries away in bounded steps, and leaves those of sessions that are gone", async () => {
      await renew({ storage: { retention: "1h", audit_retention: "2h" }, session: { idle_timeout: 0 } });
      await kit.connect();
      const { id: session_id } = await kit.newSession(kit.ann);
      await kit.call(kit.ann, "sessions.close", { session_id });
      const row = { at: new Date(kit.time.now), actorKind: "user", actorName: "x", address: "", operation: "x", detail: "{}" };
      await kit.db.prisma.auditEntry.createMany({ data: Array.from({ length: 1_200 }, () => row) });
      kit.time.now += 3_601_000;
      await kit.services.sweep(kit.time.now);
      expect(await kit.call(kit.ann, "sessions.list", {})).toEqual([]);
      expect(await list({ session_id })).toMatchObject([{ session_title: null }, { session_title: null }]);
      kit.time.now += 3_600_000;
      await makeRule("new");
      await kit.services.sweep(kit.time.now);
      expect(told(await list())).toEqual(["rules.create OK"]);
    });

    it("is that of the logs where nothing else is said, and 0 keeps them for ever", async () => {
      for (const [storage, left] of [
        [{ retention: "1h" }, 0],
        [{ retention: "1h", audit_retention: 0 }, 1],
        [{ retention: 0 }, 1],
      ] as const) {
        await renew({ storage });
        await makeRule("x");
        await kit.services.sweep(kit.time.now + 3_601_000);
        expect(await entries(), JSON.stringify(storage)).toBe(left);
      }
    });
  });
});
