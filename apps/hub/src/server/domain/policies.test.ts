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

  it("let an admin read, answer, stop, close and see who watches, but not speak for somebody", () => {
    const allowed = VERBS.filter((verb) => can(user("root", "admin"), verb, subject));
    expect(allowed.sort()).toEqual(["session.answer", "session.close", "session.read", "session.see_shares", "session.stop"]);
  });

  it("let those it is shared with read, and nothing else", () => {
    const shared = { user_id: "ann", readers: ["bob"] };
    expect(VERBS.filter((verb) => can(user("bob"), verb, shared))).toEqual(["session.read"]);
    expect(mayKnow(user("bob"), shared)).toBe(true);
    expect(mayKnow(user("eve"), shared)).toBe(false);
    // An admin whom it is shared with is an admin still.
    const alsoRoot = { user_id: "ann", readers: ["root"] };
    expect(VERBS.filter((verb) => can(user("root", "admin"), verb, alsoRoot)).sort()).toEqual(
      VERBS.filter((verb) => can(user("root", "admin"), verb, subject)).sort(),
    );
  });
});
