/** Gives an empty development hub something to look at: a second user, and a session with each of the demo's agents. */
import { createClient, signIn } from "@fairlead/client";

const URL = "http://127.0.0.1:8090";
const READY_WITHIN_MS = 60_000;
const WORDS: Readonly<Record<string, readonly string[]>> = {
  "bash-shell": ["echo hello; ls nowhere", "for number in $(seq 1 80); do echo line $number; done"],
  "python-repl": ["sum(range(10))"],
  "date-job": ["now"],
  "http-echo": ["The quick brown fox jumps over the lazy dog."],
  "sample-agent": ["help", "delete notes.txt"],
};

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await condition().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`not ready within ${READY_WITHIN_MS / 1_000} s; nothing was seeded`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

await until(async () => (await fetch(`${URL}/readyz`)).ok);
const { operations } = createClient({ url: URL, token: await signIn(URL, { username: "admin", password: "admin" }), name: "seed" });
await until(async () => (await operations["endpoints.list"]({})).some((endpoint) => endpoint.status === "online"));

const users = await operations["users.list"]({});
if (!users.some((user) => user.username === "member")) {
  await operations["users.create"]({ username: "member", password: "member-of-the-demo", role: "user" });
}
if ((await operations["sessions.list"]({ limit: 1 })).length === 0) {
  for (const endpoint of await operations["endpoints.list"]({})) {
    const words = WORDS[endpoint.id];
    if (words === undefined || endpoint.status !== "online") continue;
    const session = await operations["sessions.create"]({ endpoint_id: endpoint.id });
    for (const content of words) await operations["messages.send"]({ session_id: session.id, content });
  }
}
