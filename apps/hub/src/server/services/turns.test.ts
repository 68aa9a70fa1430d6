import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RuntimeLink } from "./contract.ts";
import { createKit, type Kit, types } from "./test/kit.ts";

let kit: Kit;
let link: RuntimeLink;
let session_id: string;
beforeEach(async () => {
  kit = await createKit();
  link = (await kit.connect()).link;
  session_id = (await kit.newSession(kit.ann, { title: "t" })).id;
});
afterEach(() => kit.close());

const send = async (content: string) => (await kit.call(kit.ann, "messages.send", { session_id, content })).turn_id;
const stop = (turn_id?: string) => kit.call(kit.ann, "sessions.stop", { session_id, ...(turn_id === undefined ? {} : { turn_id }) });

async function deliver(turn_id: string): Promise<void> {
  const command = (await kit.commands(link)).find((candidate) => candidate.kind === "turn.start" && candidate.turn_id === turn_id);
  await kit.services.runtimes.acknowledge(link, { type: "command.ack", id: command?.id ?? "", state: "delivered" });
}

describe("sessions.stop", () => {
  it("has nothing to stop in a session that rests", async () => {
    expect(await stop()).toEqual({ status: "nothing_to_stop", turn_id: null });
    expect(await stop("unknown")).toEqual({ status: "nothing_to_stop", turn_id: null });
    expect(await kit.commands(link)).toEqual([]);
  });

  it("asks the runtime to end the running turn, once; the queue goes on", async () => {
    const running = await send("one");
    const waiting = await send("two");
    await deliver(running);
    await kit.report(link, session_id, { type: "turn.started", turn_id: running });
    expect(await stop()).toEqual({ status: "stopping", turn_id: running });
    expect(await stop()).toEqual({ status: "stopping", turn_id: running });
    expect((await kit.events(session_id)).filter((event) => event.type === "turn.stop_requested")).toMatchObject([
      { turn_id: running, by: { name: "ann" } },
    ]);
    const commands = await kit.commands(link);
    expect(commands.filter((command) => command.kind === "turn.cancel")).toMatchObject([{ turn_id: running }]);
    expect(commands.filter((command) => command.kind === "turn.start").map((command) => "turn_id" in command && command.turn_id)).toContain(
      waiting,
    );
  });

  it("takes back a message that was not delivered, and makes sure it does not run after all", async () => {
    const first = await send("one");
    const second = await send("two");
    expect(await stop(second)).toEqual({ status: "cancelled", turn_id: second });
    expect(await stop()).toEqual({ status: "cancelled", turn_id: first });
    expect((await kit.events(session_id)).slice(-2)).toMatchObject([
      { type: "turn.completed", turn_id: second, stop_reason: "cancelled" },
      { type: "turn.completed", turn_id: first, stop_reason: "cancelled" },
    ]);
    expect((await kit.commands(link)).map((command) => command.kind)).toEqual(["turn.cancel", "turn.cancel"]);
    expect((await kit.call(kit.ann, "sessions.get", { session_id })).state).toBe("idle");
  });

  it("asks the runtime for a message that was delivered but has not begun", async () => {
    const turn_id = await send("one");
    await deliver(turn_id);
    expect(await stop()).toEqual({ status: "stopping", turn_id });
    expect((await kit.commands(link)).map((command) => command.kind)).toEqual(["turn.start", "turn.cancel"]);
    await kit.report(link, session_id, { type: "turn.completed", turn_id, stop_reason: "cancelled" });
    expect(types(await kit.events(session_id)).slice(-2)).toEqual(["turn.stop_requested", "turn.completed"]);
  });

  it("lets an admin stop somebody else's turn", async () => {
    const turn_id = await send("one");
    await kit.report(link, session_id, { type: "turn.started", turn_id });
    expect(await kit.call(kit.admin, "sessions.stop", { session_id })).toEqual({ status: "stopping", turn_id });
    expect((await kit.events(session_id)).at(-1)).toMatchObject({ type: "turn.stop_requested", by: { name: "root" } });
  });
});

describe("approvals.answer", () => {
  const options = [
    { id: "yes", kind: "allow_once", label: "Allow" },
    { id: "no", kind: "reject_once", label: "Reject" },
  ] as const;
  let turn_id: string;
  beforeEach(async () => {
    turn_id = await send("one");
    await kit.report(
      link,
      session_id,
      { type: "turn.started", turn_id },
      { type: "approval.requested", turn_id, approval_id: "a-1", tool: "shell", title: "rm -r build", options: [...options] },
    );
  });
  const answer = (option_id: string, approval_id = "a-1") => kit.call(kit.ann, "approvals.answer", { session_id, approval_id, option_id });
  const answers = async () => (await kit.commands(link)).filter((command) => command.kind === "approval.answer");

  it("records who answered what and tells the runtime", async () => {
    expect((await kit.call(kit.ann, "sessions.get", { session_id })).state).toBe("needs_approval");
    expect(await answer("yes")).toEqual({ status: "answered", option_id: "yes" });
    expect((await kit.events(session_id)).at(-1)).toMatchObject({
      type: "approval.resolved",
      approval_id: "a-1",
      option_id: "yes",
      turn_id,
      by: { name: "ann" },
    });
    expect(await answers()).toMatchObject([{ approval_id: "a-1", option_id: "yes" }]);
    expect((await kit.call(kit.ann, "sessions.get", { session_id })).state).toBe("running");
  });

  it("lets exactly one of many answers at once win; the others learn whose it was", async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => answer(index % 2 === 0 ? "yes" : "no")));
    const won = attempts.filter((attempt) => attempt.status === "fulfilled");
    expect(won).toHaveLength(1);
    for (const attempt of attempts) {
      if (attempt.status === "rejected")
        expect(attempt.reason).toMatchObject({ code: "CONFLICT", message: /^ann answered this already: / });
    }
    expect(await answers()).toHaveLength(1);
  });

  it("refuses an option that was not offered without using the question up", async () => {
    await expect(answer("maybe")).rejects.toMatchObject({ code: "INVALID_INPUT", message: "option_id: this approval offers yes, no" });
    await expect(answer("yes", "a-2")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await answer("no");
  });

  it("says that nobody waits any more", async () => {
    await kit.report(link, session_id, { type: "approval.withdrawn", turn_id, approval_id: "a-1", reason: "the agent went on" });
    await expect(answer("yes")).rejects.toMatchObject({ code: "CONFLICT", message: /the agent went on/ });
    const again = { type: "approval.requested" as const, turn_id, approval_id: "a-2", tool: "shell", title: "ls", options: [...options] };
    await kit.report(link, session_id, again, { type: "turn.completed", turn_id, stop_reason: "cancelled" });
    await expect(answer("yes", "a-2")).rejects.toMatchObject({ code: "CONFLICT", message: /its turn has ended/ });
    expect(await answers()).toEqual([]);
  });
});
