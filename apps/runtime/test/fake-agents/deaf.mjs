#!/usr/bin/env node
/** An external agent that asks without end and never reads what it is answered. */
import { readSync, writeSync } from "node:fs";

const piece = Buffer.alloc(65_536);
let heard = "";
while (!heard.includes("user.input")) heard += piece.toString("utf8", 0, readSync(0, piece));
const { session_id } = JSON.parse(heard.split("\n")[0]);
const ask = (request) =>
  JSON.stringify({ type: "permission.request", session_id, request_id: `${request}`.padEnd(100, "x"), tool: "rm", description: "?" });
for (let from = 0; ; from += 100) {
  const lines = Array.from({ length: 100 }, (_, index) => `${ask(from + index)}\n`).join("");
  for (let rest = Buffer.from(lines); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}
