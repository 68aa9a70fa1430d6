/** Whether the commands of a line fit the words of a rule: surely, surely not, or perhaps. */
import type { CommandLine, CommandWord, SimpleCommand } from "./command-line.ts";
import { isPlainShell } from "./command-wrappers.ts";
import { LONGEST_TEXT, matchesText, readText, type TextPattern } from "./wildcards.ts";

/** Words in which options are looked for; whoever writes more of them is not understood. */
const MOST_WORDS = 64;

export type Certainty = "yes" | "maybe" | "no";

/** The words of a rule, read once for many lines. `isOpen`: any further words may follow. */
export interface WordsPattern {
  readonly fixed: readonly TextPattern[];
  readonly isOpen: boolean;
}

export function readWords(patterns: readonly string[]): WordsPattern {
  const isOpen = patterns.at(-1) === "**";
  return { fixed: (isOpen ? patterns.slice(0, -1) : patterns).map(readText), isOpen };
}

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
export function everyCommandFits(pattern: WordsPattern, line: CommandLine): boolean {
  return line.exact && line.commands.length > 0 && line.commands.every((command) => commandFits(pattern, command));
}

function commandFits(pattern: WordsPattern, { words, placed, script }: SimpleCommand): boolean {
  if (wordsFit(pattern, words) === "yes" || (placed !== undefined && wordsFit(pattern, placed) === "yes")) return true;
  return script !== undefined && isPlainShell(words) && everyCommandFits(pattern, script);
}

/** Whether some command of the line fits, also one that another command runs. */
export function someCommandFits(pattern: WordsPattern, line: CommandLine): Certainty {
  const found = surest(line.commands.map((command) => anyOf(pattern, command)));
  return found === "no" && line.hidden ? "maybe" : found;
}

function anyOf(pattern: WordsPattern, { words, placed, script, inner }: SimpleCommand): Certainty {
  const answers = [perhapsFit(pattern, words)];
  if (placed !== undefined) answers.push(perhapsFit(pattern, placed));
  if (words[0]?.includes("/") === true) answers.push(perhapsFit(pattern, withoutFolder(words)));
  if (script !== undefined) answers.push(someCommandFits(pattern, script));
  for (const { command, sure } of inner) {
    const answer = anyOf(pattern, command);
    answers.push(answer === "yes" && !sure ? "maybe" : answer);
  }
  return surest(answers);
}

/** `/bin/rm` is `rm`, whoever refuses it. */
function withoutFolder([name, ...rest]: readonly CommandWord[]): readonly CommandWord[] {
  return [name?.slice(name.lastIndexOf("/") + 1) ?? null, ...rest];
}

function perhapsFit(pattern: WordsPattern, words: readonly CommandWord[]): Certainty {
  const [first] = pattern.fixed;
  const [name] = words;
  // Most rules are about other programs; that is told first, for all rules are held against all commands.
  if (first !== undefined && typeof name === "string" && name.length <= LONGEST_TEXT && !matchesText(first, name)) return "no";
  const answer = wordsFit(pattern, words);
  return answer === "no" && fitBesideOptions(pattern, words) ? "maybe" : answer;
}

/** A word that is not known may become several, so nothing is sure from there on but an open end. */
function wordsFit({ fixed, isOpen }: WordsPattern, words: readonly CommandWord[]): Certainty {
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
function fitBesideOptions({ fixed, isOpen }: WordsPattern, words: readonly CommandWord[]): boolean {
  /** Whether the words so far may have used up so many patterns, by their number. */
  let used: readonly boolean[] = [true];
  for (const [index, word] of words.entries()) {
    if (!used.some((is, count) => is && count < fixed.length)) return false;
    if (word === null || word.length > LONGEST_TEXT || index >= MOST_WORDS) return true;
    const mayBeLeftOut = index > 0 && (isOption(word) || isOption(words[index - 1]));
    const next = [false];
    for (const [count, pattern] of fixed.entries()) {
      const isUsed = used[count] === true;
      if (isUsed && mayBeLeftOut) next[count] = true;
      next.push(isUsed && matchesText(pattern, word));
    }
    if (isOpen && next[fixed.length] === true) return true;
    used = next;
  }
  return used[fixed.length] === true;
}

function isOption(word: CommandWord | undefined): boolean {
  return word?.startsWith("-") === true;
}
