/** A process of its own that uses a database: `open <driver> <dsn> [root]` or `append <driver> <dsn> <session> <prefix> <count>`. */
import { createMemoryBus } from "../src/server/bus/memory-bus.ts";
import { openDb } from "../src/server/storage/db.ts";
import { postOnce, ROOT } from "./databases.ts";

const LANES = 8;

const [mode = "", driver, dsn = "", session = "", prefix = "", count = "0"] = process.argv.slice(2);
const db = await openDb({
  driver: driver === "postgres" ? "postgres" : "sqlite",
  dsn,
  root: mode === "open" && session !== "" ? session : ROOT,
  bus: createMemoryBus(),
});
if (mode === "append") {
  let next = 0;
  // Several at once, so that transactions hold more than one entry; each id is printed only when it is acknowledged.
  const lane = async (): Promise<void> => {
    while (next < Number(count)) {
      next += 1;
      const id = `${prefix}${next}`;
      await db.log.append(session, postOnce(id), { message_id: id });
      process.stdout.write(`${id}\n`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
await db.close();
process.stdout.write("done\n");
