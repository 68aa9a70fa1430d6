/** (f) What a screen's timeline costs as a session grows: processor time for 20,000 events against 5,000, four times as many. */
import { type Block, emptyView, foldEvents } from "@fairlead/client";
import type { SessionEvent } from "@fairlead/protocol";
import { median, type Row } from "./measure.ts";

const SMALL = 5_000;
const LARGE = 20_000;
const ROUNDS = 5;
/** Four would be linear; sixteen quadratic. */
const LIMIT = 8;

/** Processor time (ms) to fold deltas one by one, the text read after every hundredth, as a screen does. */
function cost(count: number, messageOf: (seq: number) => string): number {
  const began = process.cpuUsage();
  let view = emptyView();
  for (let seq = 1; seq <= count; seq += 1) {
    const event: SessionEvent = {
      type: "message.delta",
      kind: "stdout",
      text: "0123456789",
      message_id: messageOf(seq),
      session_id: "bench",
      seq,
      at: seq,
    };
    view = foldEvents(view, [event]);
    const last: Block | undefined = seq % 100 === 0 ? view.blocks.at(view.blocks.length - 1) : undefined;
    if (last?.type === "agent") last.text.toString();
  }
  return process.cpuUsage(began).user / 1_000;
}

function row(name: string, messageOf: (seq: number) => string): Row {
  cost(SMALL, messageOf);
  const rounds = Array.from({ length: ROUNDS }, () => ({ small: cost(SMALL, messageOf), large: cost(LARGE, messageOf) }));
  const small = median(rounds.map((round) => round.small));
  const large = median(rounds.map((round) => round.large));
  const ratio = large / small;
  return {
    name: `(f) timeline of ${LARGE.toLocaleString("en")} events, ${name}`,
    ours: `${large.toFixed(0)} ms`,
    reference: `${small.toFixed(0)} ms for ${SMALL.toLocaleString("en")}`,
    ratio: ratio.toFixed(1),
    aim: `≤ ${LIMIT}`,
    met: ratio <= LIMIT,
  };
}

export function measureFold(): Row[] {
  return [row("one message", () => "one"), row("a message each", (seq) => `m${seq}`)];
}
