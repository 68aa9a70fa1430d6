import { describe, expect, it } from "vitest";
import { can, mayKnow, VERBS } from "./policies.ts";
import { ANONYMOUS, SYSTEM, type UserPrincipal } from "./principal.ts";

const user = (user_id: string, role: "user" | "admin" = "user"): UserPrincipal => ({
  kind: "user",
  user_id,
  username: user_id,
  role,
  login_id: `login-${user_id}`,
});
const subject = { user_id: "ann" };

describe("policies", () => {
  it("let an owner do everything and a stranger nothing, not even know", () => {
    for (const verb of VERBS) {
      expect(can(user("ann"), verb, subject)).toBe(true);
      expect(can(user("bob"), verb, subject)).toBe(false);
      expect(can(ANONYMOUS, verb, subject)).toBe(false);
      expect(can(SYSTEM, verb, subject)).toBe(true);
    }
    expect(mayKnow(user("bob"), subject)).toBe(false);
    expect(mayKnow(user("root", "admin"), subject)).toBe(true);
  });

  it("let an admin read, answer, stop and close, but not speak for somebody", () => {
    const allowed = VERBS.filter((verb) => can(user("root", "admin"), verb, subject));
    expect(allowed.sort()).toEqual(["session.answer", "session.close", "session.read", "session.stop"]);
  });
});
