/** What only Node has: an outbox that survives the process, in a directory with one small file per message. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KeyValueStorage } from "./storage.ts";

/** Storage in a directory, made if need be: `createClient({ storage: directoryStorage("./outbox") })`. Throws where the disk refuses. */
export function directoryStorage(directory: string): KeyValueStorage {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const fileOf = (key: string) => join(directory, encodeURIComponent(key));
  const names = () => readdirSync(directory).filter((name) => !name.endsWith("~"));
  return {
    get length() {
      return names().length;
    },
    key(index) {
      const name = names()[index];
      return name === undefined ? null : decodeURIComponent(name);
    },
    getItem(key) {
      try {
        return readFileSync(fileOf(key), "utf8");
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
        throw error;
      }
    },
    setItem(key, value) {
      // A crash leaves the old value or the new one, never half of it.
      writeFileSync(`${fileOf(key)}~`, value, { mode: 0o600 });
      renameSync(`${fileOf(key)}~`, fileOf(key));
    },
    removeItem: (key) => rmSync(fileOf(key), { force: true }),
  };
}
