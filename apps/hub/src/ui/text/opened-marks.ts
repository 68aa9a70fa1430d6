/** What tells things of the same name apart in a list: when each was opened, as exactly as that takes. */
import { clockWords, dayWords, listWords, secondWords } from "./time-words.ts";

export interface Named {
  readonly id: string;
  /** All that a row shows of it beyond its state. */
  readonly name: string;
  /** ISO 8601. */
  readonly created_at: string;
}

/** From the shortest words to those that no two of one person's sessions share. */
const MEASURES: readonly ((at: number, now: number) => string)[] = [
  listWords,
  (at, now) => (dayWords(at, now) === "Today" ? secondWords(at) : `${dayWords(at, now)} ${clockWords(at)}`),
  (at, now) => (dayWords(at, now) === "Today" ? secondWords(at) : `${dayWords(at, now)} ${secondWords(at)}`),
];

/** By id, `19:12` or `12 Nov 19:12:04`; only for those whose name another one has too. */
export function openedMarks(all: readonly Named[], now: number): ReadonlyMap<string, string> {
  const groups = new Map<string, Named[]>();
  for (const one of all) {
    const group = groups.get(one.name);
    if (group === undefined) groups.set(one.name, [one]);
    else group.push(one);
  }
  return new Map([...groups.values()].flatMap((group) => (group.length < 2 ? [] : marksOf(group, now))));
}

function marksOf(group: readonly Named[], now: number): readonly (readonly [string, string])[] {
  const said = MEASURES.map((measure) => group.map(({ created_at }) => measure(Date.parse(created_at), now)));
  const words = said.find((some) => new Set(some).size === group.length) ?? said.at(-1) ?? [];
  return group.map(({ id }, index) => [id, words[index] ?? ""]);
}
