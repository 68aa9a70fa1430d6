/** Recorded streams, spoiled: what an agent's lines look like when they are cut, lost, doubled, out of order or mixed with noise. */

const NOISE = [
  "",
  "{",
  "[]",
  "null",
  "0",
  '"text"',
  "{}",
  '{"id":0}',
  '{"method":1}',
  '{"type":"constructor"}',
  "\u0000\ufffd",
  "x".repeat(10_000),
];

/** A small generator of numbers below `limit`, the same for the same seed. */
function createDice(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

export interface Spoiled {
  /** What was done to the stream, for the message of a failing test. */
  readonly name: string;
  readonly lines: readonly string[];
}

/** The stream cut off after every `step`th byte. */
export function* cutStreams(lines: readonly string[], step: number): Generator<Spoiled> {
  const bytes = Buffer.from(lines.join("\n"));
  for (let end = 1; end <= bytes.length; end += step)
    yield { name: `cut after ${end} bytes`, lines: bytes.toString("utf8", 0, end).split("\n") };
}

/** `count` streams with lines lost, doubled, swapped, shortened and mixed with noise, about one in ten. */
export function* spoiledStreams(lines: readonly string[], count: number): Generator<Spoiled> {
  for (let seed = 1; seed <= count; seed += 1) {
    const dice = createDice(seed);
    const spoiled = lines.flatMap((line) => {
      switch (dice(50)) {
        case 0:
          return [];
        case 1:
          return [line, line];
        case 2:
          return [line.slice(0, dice(line.length + 1))];
        case 3:
          return [NOISE[dice(NOISE.length)] ?? "", line];
        case 4:
          return [line.replace(/"(id|type|method|status|itemId|turnId)":("[^"]*"|\d+)/, '"$1":null')];
        default:
          return [line];
      }
    });
    for (let swaps = Math.ceil(lines.length / 50); swaps > 0; swaps -= 1) {
      const at = dice(Math.max(1, spoiled.length - 1));
      const [one, other] = [spoiled[at], spoiled[at + 1]];
      if (one !== undefined && other !== undefined) spoiled.splice(at, 2, other, one);
    }
    yield { name: `seed ${seed}`, lines: spoiled };
  }
}
