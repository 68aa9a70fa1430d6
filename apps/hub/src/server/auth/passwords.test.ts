/** Passwords: the same work whether the user exists or not, counted in processor time of the process rather than guessed from a clock. */
import { describe, expect, it } from "vitest";
import { hashPassword, verifyPassword } from "./passwords.ts";

describe("passwords", () => {
  it("are kept as argon2id with a salt of their own", async () => {
    const [one, two] = await Promise.all([hashPassword("secret words"), hashPassword("secret words")]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
    expect(await verifyPassword(one, "secret words")).toBe(true);
    expect(await verifyPassword(one, "other words")).toBe(false);
    expect(await verifyPassword(undefined, "secret words")).toBe(false);
  });

  it("cost an unknown user's attempt the same work as a known one's", async () => {
    const stored = await hashPassword("secret words");
    await verifyPassword(undefined, "warm up");
    const work = async (hash: string | undefined) => {
      const before = process.cpuUsage();
      for (let attempt = 0; attempt < 8; attempt += 1) await verifyPassword(hash, "wrong words");
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const [known, unknown] = [await work(stored), await work(undefined)];
    expect(unknown / known).toBeGreaterThan(0.4);
    expect(unknown / known).toBeLessThan(2.5);
  });

  it("are checked a few at a time, and a flood of checks is refused early", async () => {
    const stored = await hashPassword("secret words");
    const settled = await Promise.allSettled(Array.from({ length: 90 }, () => verifyPassword(stored, "wrong")));
    const refused = settled.filter(({ status }) => status === "rejected");
    expect(refused.length).toBe(90 - 66);
    expect(refused[0]).toMatchObject({ reason: { code: "LIMIT_EXCEEDED", retryAfter: 2 } });
    expect(await verifyPassword(stored, "secret words")).toBe(true);
  });
});
