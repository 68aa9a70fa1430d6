/** Colours lines of code as pieces with class names; lines of one side of a hunk are read together, so that comments and strings span them. */
import { common, createLowlight } from "lowlight";

export interface Piece {
  readonly text: string;
  /** Class names of the highlighter; empty for plain text. */
  readonly className: string;
}

const lowlight = createLowlight(common);

/** Longer texts stay plain: colouring them would hold the screen still. */
const MOST_CHARS = 60_000;

const LANGUAGES: Readonly<Record<string, string>> = {
  ts: "typescript",
  mts: "typescript",
  cts: "typescript",
  tsx: "typescript",
  js: "javascript",
  mjs: "javascript",
  cjs: "javascript",
  jsx: "javascript",
  py: "python",
  rs: "rust",
  rb: "ruby",
  kt: "kotlin",
  cs: "csharp",
  h: "c",
  hpp: "cpp",
  cc: "cpp",
  m: "objectivec",
  sh: "bash",
  bash: "bash",
  zsh: "bash",
  yml: "yaml",
  md: "markdown",
  html: "xml",
  svg: "xml",
  vue: "xml",
  svelte: "xml",
  toml: "ini",
  pl: "perl",
  gql: "graphql",
};

/** The highlighter's name for a file's language; undefined for one it does not know. */
export function languageOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  if (name === "makefile") return "makefile";
  const ending = name.slice(name.lastIndexOf(".") + 1);
  const language = LANGUAGES[ending] ?? ending;
  return lowlight.registered(language) ? language : undefined;
}

type Root = ReturnType<typeof lowlight.highlight>;
type Child = Root["children"][number];

/** All pieces of the text, which may hold line ends. */
function piecesOf(children: readonly Child[], className: string): readonly Piece[] {
  return children.flatMap((child): readonly Piece[] => {
    if (child.type === "text") return [{ text: child.value, className }];
    if (child.type !== "element") return [];
    const own = child.properties.className;
    return piecesOf(child.children, Array.isArray(own) ? own.join(" ") : className);
  });
}

/** The pieces of each line; undefined where the language is not known or the text is too long. */
export function highlightLines(lines: readonly string[], language: string | undefined): readonly (readonly Piece[])[] | undefined {
  const text = lines.join("\n");
  if (language === undefined || text.length > MOST_CHARS) return undefined;
  const rows: Piece[][] = [[]];
  for (const { text: whole, className } of piecesOf(lowlight.highlight(language, text).children, "")) {
    for (const [index, part] of whole.split("\n").entries()) {
      if (index > 0) rows.push([]);
      if (part !== "") rows.at(-1)?.push({ text: part, className });
    }
  }
  return rows;
}

/** Cuts pieces so that the part `from`..`to` of the line stands in pieces of its own, which get one more class name. */
export function markPieces(pieces: readonly Piece[], [from, to]: readonly [number, number], mark: string): readonly Piece[] {
  const marked: Piece[] = [];
  let at = 0;
  for (const { text, className } of pieces) {
    const edges = [0, from - at, to - at, text.length].map((edge) => Math.min(text.length, Math.max(0, edge)));
    const [start = 0, first = 0, second = 0, end = 0] = edges;
    if (first > start) marked.push({ text: text.slice(start, first), className });
    if (second > first) marked.push({ text: text.slice(first, second), className: `${className} ${mark}`.trim() });
    if (end > second) marked.push({ text: text.slice(second, end), className });
    at += text.length;
  }
  return marked;
}
