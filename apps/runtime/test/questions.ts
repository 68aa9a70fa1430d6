/** Questions of the session `s` of a test's world, and answers to them. */
import type { RuntimeEvent } from "@fairlead/protocol";
import { expect } from "vitest";
import { ended, type Harness, shape, turnStart } from "./runtime-harness.ts";
import { hub } from "./runtime-world.ts";
import { until } from "./test-hub.ts";

export type Approval = Extract<RuntimeEvent, { type: "approval.requested" }>;

/** What was asked so far, in order. */
export function asked(session = "s"): Approval[] {
  return hub.events(session).filter((event): event is Approval => event.type === "approval.requested");
}

export const kinds = (session = "s"): string[] => shape(hub.events(session));

let answers = 0;

/** Sends an answer; the id of its command. */
export function answer(approval: Approval, option_id: string, more: { reason?: string; input_hash?: string } = {}): string {
  answers += 1;
  const id = `answer${answers}`;
  const { approval_id, input_hash } = approval;
  hub.command({ kind: "approval.answer", id, session_id: "s", approval_id, option_id, input_hash, ...more });
  return id;
}

/** Brings an agent with a native id to wait for an answer. */
export async function waiting(harness: Harness, what = "delete it"): Promise<Approval> {
  hub.command(turnStart("s", "native n-1"));
  await until("identified", () => ended(hub.events("s")) === 1);
  hub.command(turnStart("s", `ask ${what}`));
  await until("asked", () => asked().length === 1);
  expect(harness.agents.inputs).toHaveLength(2);
  const [approval] = asked();
  if (approval === undefined) throw new Error("nothing was asked");
  return approval;
}
