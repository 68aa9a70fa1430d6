/** The logger's two formats, and that no secret gets through either. */
import { hubConfigSchema } from "@fairlead/protocol";
import { describe, expect, it } from "vitest";
import { createLog } from "./log.ts";

function written(format: "text" | "json", use: (log: ReturnType<typeof createLog>) => void): string {
  const { logging } = hubConfigSchema.parse({
    auth: { jwt_secret: "0123456789abcdef0123456789abcdef" },
    logging: { format, level: "info" },
  });
  const lines: string[] = [];
  use(createLog(logging, { write: (line) => void lines.push(line) }));
  return lines.join("");
}

describe.each(["text", "json"] as const)("as %s", (format) => {
  it("says what happened, with its fields and an error's trace", () => {
    const text = written(format, (log) => {
      log.debug("not at this level");
      log.info({ url: "http://127.0.0.1:1", driver: "two words" }, "hub listening");
      log.error({ err: new Error("broken pipe") }, "a part failed");
    });
    expect(text).toContain("hub listening");
    expect(text).toContain("http://127.0.0.1:1");
    expect(text).toContain("broken pipe");
    expect(text).not.toContain("not at this level");
    if (format === "json") expect(JSON.parse(text.split("\n")[0] ?? "")).toMatchObject({ msg: "hub listening", driver: "two words" });
    else expect(text.split("\n")[0]).toMatch(/^\S+Z INFO {2}hub listening url=http:\/\/127\.0\.0\.1:1 driver="two words"$/);
  });

  it("hides secrets by their names", () => {
    const text = written(format, (log) =>
      log.info({ token: "abc-1", headers: { authorization: "abc-2", cookie: "abc-3" }, body: { password: "abc-4" } }, "x"),
    );
    expect(text).not.toMatch(/abc-\d/);
  });
});
