/** Writes the two config files of docker-compose.yml with secrets of their own: `compose-setup.mjs FOLDER`. Files that exist stay. */
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const RUNTIME_ID = "compose";
const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write("Usage: compose-setup.mjs FOLDER\n");
  process.exit(1);
}
if (existsSync(join(folder, "hub.json"))) {
  process.stdout.write("The config files exist already; nothing was changed.\n");
  process.exit(0);
}

const token = randomBytes(24).toString("hex");
const password = randomBytes(9).toString("base64url");
write("runtime.json", {
  hub: { url: "ws://hub:8080/ws/runtime", token },
  runtime: { id: RUNTIME_ID, data_dir: "/var/lib/fairlead" },
  endpoints: [{ id: "terminal", name: "Terminal", terminal: {} }],
});
writeFileSync(join(folder, "admin-password"), `${password}\n`, { mode: 0o600 });
// Last: with this file the setup is whole.
write("hub.json", {
  server: { addr: "0.0.0.0:8080" },
  auth: {
    jwt_secret: randomBytes(32).toString("hex"),
    runtime_tokens: [{ runtime_id: RUNTIME_ID, token }],
    initial_admin: { username: "admin", password },
  },
  storage: { driver: "sqlite", dsn: "/var/lib/fairlead/fairlead.db" },
});
process.stdout.write("Made the config files and a password for admin (in the file admin-password).\n");

function write(name, value) {
  writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
}
