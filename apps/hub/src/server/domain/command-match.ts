/** Whether the commands of a line fit the words of a rule: surely, surely not, or perhaps. */
import type { CommandLine, CommandWord, SimpleCommand } from "./command-line.ts";
import { isPlainShell } from "./command-wrappers.ts";
import { LONGEST_TEXT, matchesText } from "./wildcards.ts";

/** Words in which options are looked for; whoever writes more of them is not understood. */
const MOST_WORDS = 64;

export type Certainty = "yes" | "maybe" | "no";

/** The surest of several. */
export function surest(answers: Iterable<Certainty>): Certainty {
  let best: Certainty = "no";
  for (const answer of answers) {
    if (answer === "yes") return "yes";
    if (answer === "maybe") best = "maybe";
  }
  return best;
}

/** Whether every command of the line fits, and nothing else happens. */
export function everyCommandFits(patterns: readonly string[], line: CommandLine): boolean {
  return line.exact && line.commands.length > 0 && line.commands.every((command) => commandFits(patterns, command));
}

function commandFits(patterns: readonly string[], { words, script }: SimpleCommand): boolean {
  if (wordsFit(patterns, words) === "yes") return true;
  return script !== undefined && isPlainShell(words) && everyCommandFits(patterns, script);
}

/** Whether some command of the line fits, also one that another command runs. */
export function someCommandFits(patterns: readonly string[], line: CommandLine): Certainty {
  const found = surest(line.commands.map((command) => anyOf(patterns, command)));
  return found === "no" && line.hidden ? "maybe" : found;
}

function anyOf(patterns: readonly string[], { words, script, inner }: SimpleCommand): Certainty {
  const answers = [words, withoutFolder(words)].map((said) => {
    const answer = wordsFit(patterns, said);
    return answer === "no" && fitBesideOptions(patterns, said) ? "maybe" : answer;
  });
  if (script !== undefined) answers.push(someCommandFits(patterns, script));
  for (const { command, sure } of inner) {
    const answer = anyOf(patterns, command);
    answers.push(answer === "yes" && !sure ? "maybe" : answer);
  }
  return surest(answers);
}

/** `/bin/rm` is `rm`, whoever refuses it. */
function withoutFolder([name, ...rest]: readonly CommandWord[]): readonly CommandWord[] {
  return typeof name === "string" ? [name.slice(name.lastIndexOf("/") + 1), ...rest] : [name ?? null, ...rest];
}

/** A word that is not known may become several, so nothing is sure from there on but an open end. */
function wordsFit(patterns: readonly string[], words: readonly CommandWord[]): Certainty {
  const isOpen = patterns.at(-1) === "**";
  const fixed = isOpen ? patterns.slice(0, -1) : patterns;
  for (const [index, pattern] of fixed.entries()) {
    const word = words[index];
    if (word === undefined) return "no";
    if (word === null || word.length > LONGEST_TEXT) return "maybe";
    if (!matchesText(pattern, word)) return "no";
  }
  const further = words.slice(fixed.length);
  if (isOpen || further.length === 0) return "yes";
  return further.every((word) => word === null) ? "maybe" : "no";
}

/**
 * Whether the words would fit if options that stand between a program and the last word that the rule names were left out
 * (`git -C . push`), each with the word after it, which may be its value.
 */
function fitBesideOptions(patterns: readonly string[], words: readonly CommandWord[]): boolean {
  const isOpen = patterns.at(-1) === "**";
  const fixed = isOpen ? patterns.slice(0, -1) : patterns;
  /** How many patterns the words so far may have used up. */
  let used: readonly number[] = [0];
  for (const [index, word] of words.entries()) {
    const waiting = used.filter((count) => count < fixed.length);
    if (waiting.length === 0) return false;
    if (word === null || word.length > LONGEST_TEXT || index >= MOST_WORDS) return true;
    const mayBeLeftOut = index > 0 && (isOption(word) || isOption(words[index - 1]));
    const taken = waiting.filter((count) => matchesText(fixed[count] ?? "", word)).map((count) => count + 1);
    if (isOpen && taken.includes(fixed.length)) return true;
    used = [...new Set([...(mayBeLeftOut ? waiting : []), ...taken])];
  }
  return used.includes(fixed.length);
}

function isOption(word: CommandWord | undefined): boolean {
  return word?.startsWith("-") === true;
}
