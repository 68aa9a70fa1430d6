/**
 * A script that talks to an agent through the hub:
 *
 *     npx tsx docs/examples/client-script.ts http://127.0.0.1:8090 admin admin bash-shell "echo hi"
 *
 * It signs in, lists the agents, opens a session, sends one message, prints what the agent says as it comes, and ends when the
 * turn does. Cut the network meanwhile: it waits, goes on where it was, and prints nothing twice.
 */
import { type AgentBlock, createClient, openSession, signIn } from "@fairlead/client";

const [url = "http://127.0.0.1:8090", username = "admin", password = "admin", endpoint = "bash-shell", text = "echo hi"] =
  process.argv.slice(2);

/** Prints what a message has gained since it was printed last. */
function createPrinter(): (block: AgentBlock) => void {
  const printed = new Map<string, number>();
  return (block) => {
    const out = block.kind === "stderr" ? process.stderr : process.stdout;
    out.write(block.text.toString().slice(printed.get(block.id) ?? 0));
    printed.set(block.id, block.text.length);
  };
}

// A token for the Authorization header; everything below works with it alone.
const token = await signIn(url, { username, password });
const client = createClient({ url, token, name: "client-script" });

const endpoints = await client.operations["endpoints.list"]({});
for (const { id, name, profile, status } of endpoints) console.error(`${id}  ${name}  (${profile}, ${status})`);

const created = await client.operations["sessions.create"]({ endpoint_id: endpoint, title: text.slice(0, 80) });
client.connect();
const session = openSession(client, created.id);
const messageId = session.send(text);

const outcome = await new Promise<string>((resolve) => {
  const print = createPrinter();
  const look = () => {
    const { view, error, outgoing } = session.store.get();
    for (const block of view.blocks) if (block.type === "agent") print(block);
    const refused = outgoing.find((entry) => entry.state === "refused")?.error ?? error;
    if (refused !== null) return resolve(`refused: ${refused.message}`);
    const message = view.blocks.toArray().find((block) => block.type === "user" && block.message_id === messageId);
    if (message?.type === "user" && message.delivery !== "running") resolve(message.delivery);
  };
  session.store.subscribe(look);
  look();
});

session.close();
client.close();
await client.operations["sessions.close"]({ session_id: created.id });
console.error(outcome);
process.exitCode = outcome === "done" ? 0 : 1;
