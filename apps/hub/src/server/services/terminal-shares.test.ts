/** What those who watch somebody's terminal are told of it without asking. */
import { afterEach, beforeEach, expect, it } from "vitest";
import type { RuntimeLink } from "./contract.ts";
import { CAPABILITIES, createKit, type Kit, offer } from "./test/kit.ts";

let kit: Kit;
let link: RuntimeLink;

beforeEach(async () => {
  kit = await createKit();
  const shell = offer("shell", { profile: "terminal", capabilities: { ...CAPABILITIES, terminal: "only" } });
  ({ link } = await kit.connect({ endpoints: [shell] }));
});
afterEach(() => kit.close());

it("tells those who watch when the terminal ends, and nobody else", async () => {
  const { id: session_id } = await kit.call(kit.ann, "terminals.open", { endpoint_id: "shell" });
  const command = (await kit.commands(link)).find(({ kind }) => kind === "terminal.open");
  if (command?.kind !== "terminal.open") throw new Error("no terminal.open waits");
  const { terminal_id } = command;
  await kit.report(link, session_id, { type: "terminal.opened", terminal_id, command: ["sh"], work_dir: "/", cols: 80, rows: 24 });
  await kit.call(kit.ann, "terminals.share", { session_id, username: "bob" });
  const [watching, others] = [kit.hints("user.u-bob"), kit.hints("user.u-root")];
  await kit.report(link, session_id, { type: "terminal.closed", terminal_id, reason: "exit", exit_code: 0 });
  await expect.poll(() => watching).toEqual([{ topic: "sessions", id: session_id }]);
  expect(others).toEqual([]);
});
