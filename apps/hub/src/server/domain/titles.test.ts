import { INITIAL_SESSION_STATE } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { isUnused, MAX_AUTOMATIC_TITLE, titleFromMessage } from "./titles.ts";

describe("titleFromMessage", () => {
  it("takes the first line that says something", () => {
    expect(titleFromMessage("\n  \r\n  list the files \nplease")).toBe("list the files");
    expect(titleFromMessage(" \n\t")).toBeUndefined();
  });

  it("cuts long lines by characters, never inside one", () => {
    const title = titleFromMessage("🙂".repeat(80));
    expect([...(title ?? "")]).toHaveLength(MAX_AUTOMATIC_TITLE);
    expect(title?.endsWith("🙂…")).toBe(true);
    expect(titleFromMessage("x".repeat(60))).toBe("x".repeat(60));
  });

  it("drops control characters", () => {
    expect(titleFromMessage("\u001b[31mred\u0007")).toBe("[31mred");
  });
});

describe("isUnused", () => {
  it("is true until a message waits, runs or has ended", () => {
    expect(isUnused(INITIAL_SESSION_STATE)).toBe(true);
    expect(isUnused({ ...INITIAL_SESSION_STATE, queue: [{ turn_id: "t", message_id: "m", posted_at: 0 }] })).toBe(false);
    expect(isUnused({ ...INITIAL_SESSION_STATE, last_turn: { turn_id: "t", stop_reason: "end_turn" } })).toBe(false);
  });
});
