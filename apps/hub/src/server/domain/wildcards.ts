/** Patterns of rules: `*` for any text, `**` across folders, a backslash before a `*` that means itself. Linear in time, never a regular expression. */

type Token = { readonly star: true } | { readonly star: false; readonly text: string };

/** Texts longer than this match nothing; matching stays fast enough to be done while the log is locked. */
export const LONGEST_TEXT = 4_096;

/** A pattern, read once for many texts. */
export interface TextPattern {
  readonly tokens: readonly Token[];
  /** The only text that fits, where no star stands for others. */
  readonly exact: string | undefined;
}

export function readText(pattern: string): TextPattern {
  const tokens = tokensOf(pattern);
  const texts = tokens.flatMap((token) => (token.star ? [] : [token.text]));
  return { tokens, exact: texts.length === tokens.length ? texts.join("") : undefined };
}

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    const next = pattern.charAt(at + 1);
    if (character === "\\" && (next === "*" || next === "\\")) {
      tokens.push({ star: false, text: next });
      at += 1;
    } else if (character !== "*") tokens.push({ star: false, text: character });
    else if (tokens.at(-1)?.star !== true) tokens.push({ star: true });
  }
  return tokens;
}

/** Whether a row of items fits a row of patterns in which some stand for any number of items. */
function fits<P, I>(patterns: readonly P[], items: ArrayLike<I>, rule: { any(pattern: P): boolean; one(pattern: P, item: I): boolean }) {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let index = 0; index < items.length; ) {
    const pattern = patterns[at];
    if (pattern !== undefined && rule.any(pattern)) {
      star = at;
      resume = index;
      at += 1;
    } else if (pattern !== undefined && rule.one(pattern, items[index] as I)) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      // The latest star takes one item more; earlier ones need not be tried again.
      at = star + 1;
      resume += 1;
      index = resume;
    } else return false;
  }
  return patterns.slice(at).every((pattern) => rule.any(pattern));
}

const CHARACTERS = {
  any: (token: Token) => token.star,
  one: (token: Token, character: string) => !token.star && token.text === character,
};

/** Whether all of a text fits; `*` stands for any text, also none. */
export function matchesText({ tokens, exact }: TextPattern, text: string): boolean {
  if (exact !== undefined) return text === exact;
  return text.length <= LONGEST_TEXT && fits(tokens, text, CHARACTERS);
}

/** The parts between slashes; null for a `**`. */
export type PathPattern = readonly (TextPattern | null)[];

export function readPath(pattern: string): PathPattern {
  return pattern.split("/").map((part) => (part === "**" ? null : readText(part)));
}

const SEGMENTS = {
  any: (pattern: TextPattern | null) => pattern === null,
  one: (pattern: TextPattern | null, segment: string) => pattern !== null && matchesText(pattern, segment),
};

/** Whether a normalised absolute path fits; `*` stays within one folder, `**` as a whole part stands for any number of folders. */
export function matchesPath(pattern: PathPattern, path: string): boolean {
  return path.length <= LONGEST_TEXT && fits(pattern, path.split("/"), SEGMENTS);
}

export function readHost(pattern: string): TextPattern {
  return readText(bareHost(pattern));
}

/** Whether a host name fits, in whatever case it is written; `*.example.com` is every host below example.com, not itself. */
export function matchesHost(pattern: TextPattern, host: string): boolean {
  return matchesText(pattern, bareHost(host));
}

function bareHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, "");
}

/** The pattern that only this text fits. */
export function patternOf(text: string): string {
  return text.replaceAll(/[\\*]/g, (character) => `\\${character}`);
}

/**
 * An absolute path without `.`, `..`, doubled and trailing slashes; relative ones are taken from `folder`. Undefined when it cannot
 * be told where it leads. Links are not followed: the hub does not see the machine's disk.
 */
export function normalisedPath(path: string, folder: string | undefined): string | undefined {
  const whole = path.startsWith("/") ? path : `${folder ?? ""}/${path}`;
  if (!path.startsWith("/") && folder?.startsWith("/") !== true) return undefined;
  const parts: string[] = [];
  for (const part of whole.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
