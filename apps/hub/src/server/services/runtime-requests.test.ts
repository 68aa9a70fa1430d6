/** What a runtime is asked: answered in time, or failed. */
import type { RuntimeRequest } from "@fairlead/protocol";
import { expect, it } from "vitest";
import type { RequestFrame, RuntimeLink } from "./contract.ts";
import { createRuntimeRequests } from "./runtime-requests.ts";

const LINK = { runtime_id: "r1", epoch: 1 } as RuntimeLink;
const REQUEST: RuntimeRequest = { kind: "native_sessions.list", endpoint_id: "cat" };

function attached(deadlineMs: number) {
  const requests = createRuntimeRequests(deadlineMs);
  const sent: RequestFrame[] = [];
  requests.attach(LINK, (frame) => sent.push(frame));
  const respond = (index: number) => requests.respond(LINK, { type: "response", id: sent[index]?.id ?? "", native_sessions: [] });
  return { requests, sent, respond };
}

it("one that is not answered in time has failed; its answer comes to nothing and its place is free", async () => {
  const { requests, sent, respond } = attached(30);
  const asked = Array.from({ length: 16 }, () => requests.ask("r1", REQUEST));
  await expect(requests.ask("r1", REQUEST)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  for (const one of asked) await expect(one).rejects.toMatchObject({ code: "UNAVAILABLE", message: "the runtime did not answer in time" });
  respond(0);
  const again = requests.ask("r1", REQUEST);
  respond(16);
  await expect(again).resolves.toMatchObject({ native_sessions: [] });
  expect(new Set(sent.map(({ id }) => id)).size).toBe(17);
});

it("one that is answered in time stays answered", async () => {
  const { requests, respond } = attached(30);
  const asked = requests.ask("r1", REQUEST);
  respond(0);
  await new Promise((resolve) => setTimeout(resolve, 60));
  await expect(asked).resolves.toMatchObject({ native_sessions: [] });
});
