/** Damaged versions of a recorded stream of lines, for readers that must survive all of them. The same seed gives the same versions. */

import { createRpc } from "../src/process/json-rpc.ts";

export interface Damaged {
  /** What was done to it, to find it again. */
  readonly name: string;
  readonly bytes: Buffer;
}

export interface FuzzOptions {
  /** How many cuts at a byte, spread over the whole stream; 0: at every byte. */
  readonly cuts: number;
  /** How many versions with lines swapped, doubled, dropped, shortened or mixed with noise. */
  readonly mixes: number;
  readonly seed?: number;
}

const NOISE = [
  "",
  "null",
  "[]",
  "{}",
  '{"type":',
  '{"type":"\\ud800"}',
  "\u2028",
  "0",
  '"text"',
  `${"[".repeat(2_000)}`,
  "\0\u0001\uffff",
  "x".repeat(5_000),
];

/** The stream cut short at many bytes, then versions with one to ten damages each. */
export function* damagedStreams(lines: readonly string[], { cuts, mixes, seed = 1 }: FuzzOptions): Generator<Damaged> {
  const whole = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  const step = cuts === 0 ? 1 : Math.max(1, Math.floor(whole.length / cuts));
  for (let at = 0; at < whole.length; at += step) yield { name: `cut at byte ${at}`, bytes: whole.subarray(0, at) };
  const random = createRandom(seed);
  for (let number = 0; number < mixes; number += 1) {
    const mixed: (string | Buffer)[] = [...lines];
    const damages = 1 + random(10);
    for (let count = 0; count < damages; count += 1) damage(mixed, random);
    const bytes = Buffer.concat(mixed.map((line) => Buffer.concat([Buffer.from(line), Buffer.from("\n")])));
    yield { name: `mix ${number} of seed ${seed}`, bytes };
  }
}

const CLOSING_BRACE = 0x7d;

/**
 * The stream cut at every byte, but for cuts that read the same as another: most of them leave a piece of a line that is no message,
 * which a reader drops. `isMessage` is asked of each such piece, so that those it would take are among the versions.
 */
export function* everyCut(lines: readonly string[], isMessage: (piece: string) => boolean): Generator<Damaged> {
  const whole: string[] = [];
  for (const line of lines) {
    const before = whole.map((one) => `${one}\n`).join("");
    yield { name: `cut before line ${whole.length + 1}`, bytes: Buffer.from(before) };
    const bytes = Buffer.from(line);
    for (let at = 1; at <= bytes.length; at += 1) {
      // Messages are objects: what ends in no brace is none.
      if (bytes[at - 1] !== CLOSING_BRACE) continue;
      const piece = bytes.subarray(0, at);
      if (!isMessage(piece.toString("utf8"))) continue;
      yield { name: `cut at byte ${at} of line ${whole.length + 1}`, bytes: Buffer.concat([Buffer.from(before), piece]) };
    }
    whole.push(line);
  }
}

/** Whether a JSON-RPC reader takes a line for a message. */
export function isRpcMessage(line: string): boolean {
  let isMessage = true;
  const rpc = createRpc({
    versioned: true,
    write: () => undefined,
    onNotification: () => true,
    onRequest: () => true,
    onBadLine() {
      isMessage = false;
      return true;
    },
  });
  rpc.receive(line);
  return isMessage;
}

type Random = (below: number) => number;

function damage(lines: (string | Buffer)[], random: Random): void {
  const at = random(lines.length);
  const other = random(lines.length);
  const line = lines[at] ?? "";
  switch (random(6)) {
    case 0:
      lines[at] = lines[other] ?? "";
      lines[other] = line;
      return;
    case 1:
      lines.splice(other, 0, line);
      return;
    case 2:
      lines.splice(at, 1);
      return;
    case 3:
      lines[at] = Buffer.from(line).subarray(0, random(line.length + 1));
      return;
    case 4:
      lines.splice(at, 0, NOISE[random(NOISE.length)] ?? "");
      return;
    default: {
      // One byte changed, valid or not.
      const bytes = Buffer.from(line);
      if (bytes.length > 0) bytes[random(bytes.length)] = random(256);
      lines[at] = bytes;
    }
  }
}

/** Numbers from 0 to below the given one (mulberry32). */
function createRandom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return below === 0 ? 0 : ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
