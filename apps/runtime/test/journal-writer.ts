/** A process that appends numbered events to a journal and says each number once it is written; made to be killed. */
import { pino } from "pino";
import { openJournalStore } from "../src/hub-link/journal-store.ts";

const [directory = ""] = process.argv.slice(2);
const journal = openJournalStore(directory, pino({ level: "silent" })).open("s");
let next = journal.state.next_ordinal;

function burst(): void {
  for (let index = 0; index < 50; index += 1) {
    journal.append({ type: "message.delta", kind: "stdout", text: `${next}`, message_id: "m" });
    process.stdout.write(`${next}\n`);
    next += 1;
  }
  setImmediate(burst);
}

burst();
