/** (d) What the hub holds in memory: idle, for each idle session, for each idle socket. */
import { type Row, residentBytes } from "./measure.ts";
import { connectRaw, type RawClient } from "./raw-client.ts";
import type { Stage } from "./stage.ts";

const SESSIONS = 2_000;
const SOCKETS_PER_USER = 25;
const HUB_LIMIT = 250 * 1_048_576;
const SESSION_LIMIT = 100 * 1_024;
const SETTLE_MS = 2_000;

const settle = () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));

export async function measureMemory(stage: Stage, tokens: readonly string[]): Promise<Row[]> {
  await fetch(`${stage.url}/login`);
  await settle();
  const idle = residentBytes(stage.hub.pid);

  const headers = { authorization: `Bearer ${stage.token}`, "content-type": "application/json" };
  for (let index = 0; index < SESSIONS; index++) {
    const response = await fetch(`${stage.url}/api/sessions`, { method: "POST", headers, body: JSON.stringify({ endpoint_id: "cat" }) });
    if (!response.ok) throw new Error(`creating a session failed: ${await response.text()}`);
    await response.arrayBuffer();
  }
  await settle();
  const withSessions = residentBytes(stage.hub.pid);

  const sockets: RawClient[] = [];
  for (const token of tokens) for (let index = 0; index < SOCKETS_PER_USER; index++) sockets.push(await connectRaw(stage.url, token));
  await settle();
  const withSockets = residentBytes(stage.hub.pid);
  for (const socket of sockets) socket.close();

  const perSession = Math.max(0, withSessions - idle) / SESSIONS;
  const perSocket = Math.max(0, withSockets - withSessions) / sockets.length;
  const mebibytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(0)} MiB`;
  const kibibytes = (bytes: number) => `${(bytes / 1_024).toFixed(1)} KiB`;
  return [
    { name: "(d) idle hub", ours: mebibytes(idle), reference: "", ratio: "", aim: "≤ 250 MiB", met: idle <= HUB_LIMIT },
    {
      name: "(d) per idle session",
      ours: kibibytes(perSession),
      reference: "",
      ratio: "",
      aim: "≤ 100 KiB",
      met: perSession <= SESSION_LIMIT,
    },
    { name: "(d) per idle socket", ours: kibibytes(perSocket), reference: "", ratio: "", aim: "shown", met: true },
  ];
}
