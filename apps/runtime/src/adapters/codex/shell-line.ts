/** Codex runs every command as `/bin/bash -lc '…'`; this finds the line inside, exactly or not at all. */

const SHELL = /^(?:\/\S*\/)?(?:ba|z|da)?sh$/;
const PLAIN = /[\w@%+=:,./-]/;

/** The words of a line that holds quoting only; undefined when it holds anything that a shell would act on. */
function plainWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; ) {
    const char = line.charAt(at);
    if (char === " ") {
      if (word !== undefined) words.push(word);
      word = undefined;
      at += 1;
      continue;
    }
    const piece = char === "'" ? singleQuoted(line, at) : char === '"' ? doubleQuoted(line, at) : bare(line, at);
    if (piece === undefined) return undefined;
    word = (word ?? "") + piece.text;
    at = piece.end;
  }
  if (word !== undefined) words.push(word);
  return words;
}

interface Piece {
  readonly text: string;
  readonly end: number;
}

function singleQuoted(line: string, start: number): Piece | undefined {
  const close = line.indexOf("'", start + 1);
  return close === -1 ? undefined : { text: line.slice(start + 1, close), end: close + 1 };
}

function doubleQuoted(line: string, start: number): Piece | undefined {
  let text = "";
  for (let at = start + 1; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === '"') return { text, end: at + 1 };
    if (char === "$" || char === "`") return undefined;
    const next = line.charAt(at + 1);
    if (char === "\\" && next !== "" && '$`"\\'.includes(next)) {
      text += next;
      at += 1;
    } else text += char;
  }
  return undefined;
}

function bare(line: string, start: number): Piece | undefined {
  const char = line.charAt(start);
  if (char === "\\") return start + 1 < line.length ? { text: line.charAt(start + 1), end: start + 2 } : undefined;
  return PLAIN.test(char) ? { text: char, end: start + 1 } : undefined;
}

/** What a shell would run: the line after `-c` or `-lc`, or the command as it is when it is not wrapped in exactly that way. */
export function innerLine(command: string): string {
  return innerOf(plainWords(command) ?? []) ?? command;
}

/** The same for a list of arguments. */
export function innerOf(words: readonly string[]): string | undefined {
  const [shell = "", flag, line] = words;
  return words.length === 3 && SHELL.test(shell) && (flag === "-lc" || flag === "-c") ? line : undefined;
}
