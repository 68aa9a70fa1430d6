/** The command store on both databases: in order, forward only, and never past its deadline. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createSession, DIALECTS, posted, seed, startDatabases, type TestDatabases, turnStart } from "../../../test/databases.ts";
import type { DecisionInput, NewCommand } from "./contract.ts";
import type { Db } from "./db.ts";

describe.each(DIALECTS)("command store on %s", (dialect) => {
  let databases: TestDatabases;
  let db: Db;
  beforeAll(async () => {
    databases = await startDatabases(dialect);
  });
  afterAll(() => databases.stop());
  beforeEach(async () => {
    db = await databases.open(await databases.createDsn());
    await seed(db);
    await createSession(db, "s1");
    await createSession(db, "s2");
  });

  const store = (sessionId: string, ...commands: NewCommand[]) => db.log.append(sessionId, () => ({ drafts: [], commands, value: null }));
  const pending = async (after = 0, limit = 100) => (await db.commands.pending("r1", { after, limit })).map(({ command }) => command.id);
  const stateOf = async (id: string) => (await db.prisma.runtimeCommand.findUniqueOrThrow({ where: { id } })).state;
  const past = () => Date.now() - 1_000;

  it("hands commands out in the order they were stored, across sessions", async () => {
    await Promise.all([store("s1", turnStart("s1", "c1"), turnStart("s1", "c2")), store("s2", turnStart("s2", "c3"))]);
    await store("s1", turnStart("s1", "c4"));
    expect(await pending()).toEqual(["c1", "c2", "c3", "c4"]);
    const [first, second] = await db.commands.pending("r1", { after: 0, limit: 2 });
    expect(first?.command).toEqual(turnStart("s1", "c1").command);
    expect(await pending(second?.ordinal, 1)).toEqual(["c3"]);
    expect(await db.commands.pending("r2", { after: 0, limit: 9 })).toEqual([]);
  });

  it("keeps a delivered command pending until it is applied or failed", async () => {
    await store("s1", turnStart("s1", "c1"), turnStart("s1", "c2"));
    await db.commands.acknowledge("r1", "c1", "delivered");
    expect(await pending()).toEqual(["c1", "c2"]);
    await db.commands.acknowledge("r1", "c1", "applied");
    await db.commands.acknowledge("r1", "c2", "failed", "no such agent\0");
    expect(await pending()).toEqual([]);
    expect(await db.prisma.runtimeCommand.findUnique({ where: { id: "c2" } })).toMatchObject({ state: "failed", error: "no such agent" });
  });

  it("moves states forward only", async () => {
    await store("s1", turnStart("s1", "c1"));
    await db.commands.acknowledge("r1", "c1", "applied");
    for (const state of ["delivered", "failed", "applied"] as const) {
      expect((await db.commands.acknowledge("r1", "c1", state))?.id).toBe("c1");
      expect(await stateOf("c1")).toBe("applied");
    }
  });

  it("knows only the runtime's own commands", async () => {
    await store("s1", turnStart("s1", "c1"));
    expect(await db.commands.acknowledge("r2", "c1", "applied")).toBeUndefined();
    expect(await db.commands.acknowledge("r1", "unknown", "applied")).toBeUndefined();
    expect(await stateOf("c1")).toBe("stored");
  });

  it("expires what was not delivered in time, and nothing else", async () => {
    const late = past();
    await store("s1", turnStart("s1", "late", late), turnStart("s1", "delivered", late), turnStart("s1", "later", Date.now() + 60_000));
    await store("s1", turnStart("s1", "late-too", late), turnStart("s1", "for-ever"));
    await db.commands.acknowledge("r1", "delivered", "delivered");
    expect(await pending()).toEqual(["delivered", "later", "for-ever"]);
    expect((await db.commands.overdue(Date.now(), 10)).map(({ id }) => id)).toEqual(["late", "late-too"]);
    expect((await db.commands.expire(Date.now(), 1)).map(({ id }) => id)).toEqual(["late"]);
    expect((await db.commands.expire(Date.now(), 10)).map(({ id }) => id)).toEqual(["late-too"]);
    expect(await db.commands.expire(Date.now(), 10)).toEqual([]);
    expect(await stateOf("late")).toBe("expired");
    await db.commands.acknowledge("r1", "late", "delivered");
    expect(await stateOf("late")).toBe("expired");
  });

  it("withdraws and expires in the transaction of a decision, only what is still stored", async () => {
    await store("s1", turnStart("s1", "c1"), turnStart("s1", "c2"), turnStart("s1", "c3", past()));
    await store("s2", turnStart("s2", "other"));
    await db.commands.acknowledge("r1", "c2", "delivered");
    const seen: string[][] = [];
    const decide = (input: DecisionInput) => {
      seen.push(input.undelivered.map(({ id, kind, turn_id }) => `${id} ${kind} ${turn_id}`));
      return { drafts: [posted("m1")], withdraw: ["c1", "c2", "other", "unknown"], expire: ["c3"], value: null };
    };
    expect((await db.log.append("s1", decide, { with_undelivered: true })).withdrawn).toBe(2);
    expect(seen).toEqual([["c1 turn.start turn-c1", "c3 turn.start turn-c3"]]);
    expect(await Promise.all(["c1", "c2", "c3", "other"].map(stateOf))).toEqual(["withdrawn", "delivered", "expired", "stored"]);
    expect(await pending()).toEqual(["c2", "other"]);
  });

  it("shows a decision the commands that an earlier one of the same transaction stored", async () => {
    const seen: string[][] = [];
    const look = (withdraw: string[]) =>
      db.log.append(
        "s1",
        ({ undelivered }) => {
          seen.push(undelivered.map(({ id }) => id));
          return { drafts: [], withdraw, value: null };
        },
        { with_undelivered: true },
      );
    const [, first] = await Promise.all([store("s1", turnStart("s1", "c1"), turnStart("s1", "c2")), look(["c1"]), look([])]);
    expect(seen).toEqual([["c1", "c2"], ["c2"]]);
    expect(first.withdrawn).toBe(1);
    expect(await pending()).toEqual(["c2"]);
  });

  it("refuses a command for another session than the one decided about", async () => {
    await expect(store("s1", turnStart("s2", "c1"))).rejects.toMatchObject({ code: "INTERNAL" });
    expect(await pending()).toEqual([]);
  });
});
