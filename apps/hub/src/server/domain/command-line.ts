/** Takes a shell line apart into the commands it runs, and says how far that can be trusted. */
import { type Command, forEachChild, parse, type Redirection, type SyntaxNode, type Word, type WordPart } from "unbash";
import { nameOf, runBy, scriptOf } from "./command-wrappers.ts";
import { normalisedPath } from "./wildcards.ts";

/** A word as the program would get it; null: known only when the line runs. */
export type CommandWord = string | null;

export interface SimpleCommand {
  readonly words: readonly CommandWord[];
  /** The same words with the program's whole path, where it is named by its place in a folder that is known. */
  readonly placed: readonly CommandWord[] | undefined;
  /** The line that a shell is told to run (`sh -c …`), if it is one. */
  readonly script: CommandLine | undefined;
  /** Commands that this one runs in turn (`sudo`, `env`, `xargs` …); `sure`: exactly these words. */
  readonly inner: readonly { readonly command: SimpleCommand; readonly sure: boolean }[];
}

export interface CommandLine {
  readonly commands: readonly SimpleCommand[];
  /** These commands with these words are all that the line does: nothing is expanded, redirected to a file or defined on the way. */
  readonly exact: boolean;
  /** Something may run that does not stand in `commands`. */
  readonly hidden: boolean;
}

/** Longer lines are not looked into: a person reads them. Taking one of this length apart takes some ms at worst. */
const LONGEST_LINE = 4_096;
/** Commands of a line and of the lines within it; nobody reads more of them, and each is held against every rule. */
const MOST_COMMANDS = 64;
/** Lines within lines, and commands within commands, that are looked into. */
const DEEPEST = 4;

const UNREADABLE: CommandLine = { commands: [], exact: false, hidden: true };

/** A shell line, or the argument list of one program, run in this folder. Never throws. */
export function takeApart(command: string | readonly string[], folder: string | undefined): CommandLine {
  const place = { depth: 0, folder, room: { commands: MOST_COMMANDS } };
  if (typeof command === "string") return readLine(command, place);
  if (command.length === 0) return UNREADABLE;
  const simple = simpleCommand(command, place);
  const hidden = hides(simple);
  return { commands: [simple], exact: !hidden, hidden };
}

/** How deep in the whole line, and for how many more commands there is room in it. */
interface Place {
  readonly depth: number;
  readonly folder: string | undefined;
  readonly room: { commands: number };
}

interface Reading {
  readonly place: Place;
  readonly commands: SimpleCommand[];
  exact: boolean;
  hidden: boolean;
}

function readLine(line: string, place: Place): CommandLine {
  // Control characters, but for line ends and tabs, are read differently by different shells.
  if (place.depth > DEEPEST || line.length > LONGEST_LINE || /[^\P{Cc}\n\t]/u.test(line)) return UNREADABLE;
  const reading: Reading = { place, commands: [], exact: true, hidden: false };
  try {
    readNode(parse(line), reading);
  } catch {
    return UNREADABLE;
  }
  if (place.room.commands < 0) return UNREADABLE;
  const { commands, exact, hidden } = reading;
  return { commands, exact: exact && !hidden && commands.length > 0, hidden };
}

/** What only groups commands leaves a line exact; everything else is looked through for commands, and no more. */
function readNode(node: SyntaxNode, reading: Reading): void {
  switch (node.type) {
    case "Script":
      if ((node.errors?.length ?? 0) > 0 || node.shebang !== undefined) reading.hidden = true;
      readAll(node.commands, reading);
      return;
    case "CompoundList":
      readAll(node.commands, reading);
      return;
    case "Subshell":
    case "BraceGroup":
      readNode(node.body, reading);
      return;
    case "Command":
      readCommand(node, reading);
      return;
    case "Redirected":
      for (const redirect of node.redirects) readRedirection(redirect, reading);
      readNode(node.command, reading);
      return;
    case "Pipeline":
      if (node.prefixes.some((prefix) => prefix.type === "Time") || node.operators.includes("|&")) reading.exact = false;
      readAll(node.commands, reading);
      return;
    case "AndOr":
      readAll(node.commands, reading);
      return;
    case "Statement":
      readNode(node.command, reading);
      return;
    default:
      reading.exact = false;
      // A function's body runs under a name that looks like a program's.
      if (node.type === "Function" || node.type === "Coproc") reading.hidden = true;
      forEachChild(node, (child) => readNode(child, reading));
  }
}

function readAll(nodes: readonly SyntaxNode[], reading: Reading): void {
  for (const node of nodes) readNode(node, reading);
}

function readCommand(command: Command, reading: Reading): void {
  const words: CommandWord[] = [];
  for (const part of command.prefix) {
    if (part.type !== "Assignment") continue;
    // `PATH=… git`: the same words, but not the same command.
    reading.exact = false;
    forEachChild(part, (child) => readNode(child, reading));
  }
  for (const redirect of command.redirects) readRedirection(redirect, reading);
  for (const part of [command.name, ...command.args]) {
    if (part === undefined) continue;
    const word = part.type === "Word" ? plainWord(part) : undefined;
    if (word === undefined) {
      reading.exact = false;
      forEachChild(part, (child) => readNode(child, reading));
    }
    words.push(word ?? null);
  }
  if (words.length === 0) return;
  reading.place.room.commands -= 1;
  if (reading.place.room.commands < 0) return;
  const simple = simpleCommand(words, reading.place);
  reading.commands.push(simple);
  if (hides(simple)) reading.hidden = true;
}

/** What of a line is thrown away or joined harms nobody; every other target makes the line do more than its commands. */
function readRedirection(redirect: Redirection, reading: Reading): void {
  if (redirect.type === "Redirect" && redirect.target !== undefined) {
    const target = plainWord(redirect.target);
    if (redirect.operator === ">&" && /^\d$/.test(target ?? "")) return;
    if (redirect.operator !== "<>" && redirect.operator !== "<&" && target === "/dev/null") return;
  }
  reading.exact = false;
  forEachChild(redirect, (child) => readNode(child, reading));
}

/** The word if every shell reads it the same way and nothing in it is expanded. */
function plainWord(word: Word): string | undefined {
  const parts: readonly WordPart[] | undefined = word.parts;
  const bare = parts === undefined ? word.text : undefined;
  const texts = parts === undefined ? [] : parts.flatMap((part) => (part.type === "Literal" ? [part.text] : []));
  const plain = (parts ?? []).every(
    (part) =>
      part.type === "Literal" ||
      part.type === "SingleQuoted" ||
      (part.type === "DoubleQuoted" && part.parts.every((inner) => inner.type === "Literal")),
  );
  if (!plain || [...texts, ...(bare === undefined ? [] : [bare])].some(isSpecial)) return undefined;
  return /^[~=]/.test(word.text) ? undefined : word.value;
}

/** Unquoted characters that some shell gives a meaning; `~` after `=` or `:` is a home folder to Bash. */
function isSpecial(text: string): boolean {
  if (text === "[" || text === "]" || text === "{}") return false;
  const unescaped = text.replaceAll(/\\[\s\S]/g, "x");
  return /[*?[\]{}$`]|(?:^|[=:])~/.test(unescaped);
}

/** Commands whose words do not tell what runs: they read it from elsewhere or change what later names mean. */
const OPAQUE: ReadonlySet<string> = new Set(["eval", "source", ".", "alias", "trap", "enable", "hash", "function"]);

function hides({ words, script }: SimpleCommand): boolean {
  return script === UNREADABLE || OPAQUE.has(nameOf(words));
}

function simpleCommand(words: readonly CommandWord[], place: Place): SimpleCommand {
  const deeper = { ...place, depth: place.depth + 1 };
  const deepest = { ...place, depth: DEEPEST };
  const text = scriptOf(words);
  const inner = place.depth >= DEEPEST ? [] : runBy(words);
  return {
    words,
    placed: placedIn(place.folder, words),
    script: text === undefined ? undefined : text === null ? UNREADABLE : readLine(text, deeper),
    inner: inner.map(({ words: found, sure }) => ({ sure, command: simpleCommand(found, sure ? deeper : deepest) })),
  };
}

function placedIn(folder: string | undefined, [name, ...rest]: readonly CommandWord[]): readonly CommandWord[] | undefined {
  if (typeof name !== "string" || !isRelative(name)) return undefined;
  const path = normalisedPath(name, folder);
  return path === undefined ? undefined : [path, ...rest];
}

/** Whether a program is named by its place in the folder it is run in, so that the same name elsewhere is another program. */
export function isRelative(name: string): boolean {
  return name.includes("/") && !name.startsWith("/");
}
