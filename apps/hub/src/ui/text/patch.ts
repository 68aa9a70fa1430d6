/** Reads a unified patch of one file into hunks and lines, and pairs what was replaced with what replaced it. */

export interface PatchLine {
  readonly kind: "same" | "added" | "removed";
  readonly text: string;
  /** Line numbers, from 1; null on the side where the line is not. */
  readonly before: number | null;
  readonly after: number | null;
  /** The part (from, to) that differs from the line it is paired with. */
  readonly mark?: readonly [number, number];
}

export interface Hunk {
  /** What the hunk header says after its numbers, e.g. the function it lies in. */
  readonly heading: string;
  readonly before: number;
  readonly after: number;
  readonly lines: readonly PatchLine[];
}

const HEADER = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@ ?(.*)$/;

/** Asked of every row, most of which are lines. */
function isHeader(row: string): boolean {
  return row.startsWith("@@") && HEADER.test(row);
}

/** A patch read part by part: a long one at once would hold the screen still. */
export interface PatchReader {
  /** Lines of the whole patch, read or not. */
  readonly count: number;
  /** Reads so many lines more; whether there are others after them. */
  readonly read: (lines: number) => boolean;
  /** What was read. */
  readonly hunks: () => readonly Hunk[];
}

/** Lines of no hunk (file headers) are left out; a patch without hunk headers is one hunk from line 1. */
export function readPatch(patch: string): PatchReader {
  const hunks: { heading: string; before: number; after: number; lines: PatchLine[] }[] = [];
  const rows = patch.split("\n");
  if (rows.at(-1) === "") rows.pop();
  const first = rows.findIndex(isHeader);
  let before = 1;
  let after = 1;
  let at = Math.max(0, first);
  if (first === -1) hunks.push({ heading: "", before, after, lines: [] });

  /** Whether the row was a line. */
  const take = (row: string): boolean => {
    const header = isHeader(row) ? HEADER.exec(row) : null;
    if (header !== null) {
      before = Number(header[1]);
      after = Number(header[2]);
      hunks.push({ heading: header[3] ?? "", before, after, lines: [] });
      return false;
    }
    if (row.startsWith(NOTE)) return false;
    const text = row.slice(1, row.endsWith("\r") ? -1 : undefined);
    const lines = hunks.at(-1)?.lines;
    if (row.startsWith("+")) lines?.push({ kind: "added", text, before: null, after: after++ });
    else if (row.startsWith("-")) lines?.push({ kind: "removed", text, before: before++, after: null });
    else lines?.push({ kind: "same", text, before: before++, after: after++ });
    return true;
  };
  return {
    count: countLines(rows, at),
    read(most) {
      for (let left = most; left > 0 && at < rows.length; at += 1) if (take(rows[at] ?? "")) left -= 1;
      return at < rows.length;
    },
    hunks() {
      const room: Room = { pairs: MOST_PAIRS };
      return hunks.map((hunk) => ({ ...hunk, lines: markReplaced(hunk.lines, room) }));
    },
  };
}

/** How a patch begins a remark of its own, as about a missing line end. */
const NOTE = "\\";

function countLines(rows: readonly string[], from: number): number {
  let count = 0;
  for (let at = from; at < rows.length; at += 1) {
    const row = rows[at] ?? "";
    if (!row.startsWith(NOTE) && !isHeader(row)) count += 1;
  }
  return count;
}

/** All of a patch at once. */
export function parsePatch(patch: string): readonly Hunk[] {
  const reader = readPatch(patch);
  reader.read(reader.count + 1);
  return reader.hunks();
}

/** Pairs of lines compared in one patch: in a larger one nobody looks for letters, and comparing them would hold the screen still. */
const MOST_PAIRS = 1_000;

/** What is left of it. */
interface Room {
  pairs: number;
}

/** Marks what differs where as many lines were removed as were added right after, as far as there is room. */
function markReplaced(lines: readonly PatchLine[], room: Room): readonly PatchLine[] {
  const marked = [...lines];
  let index = 0;
  while (index < lines.length) {
    const removed = countOf(lines, index, "removed");
    const added = countOf(lines, index + removed, "added");
    if (removed > 0 && removed === added && removed <= room.pairs) {
      room.pairs -= removed;
      for (let offset = 0; offset < removed; offset += 1) {
        const [old, fresh] = [lines[index + offset], lines[index + removed + offset]];
        if (old === undefined || fresh === undefined) continue;
        const marks = difference(old.text, fresh.text);
        if (marks === undefined) continue;
        marked[index + offset] = { ...old, mark: marks[0] };
        marked[index + removed + offset] = { ...fresh, mark: marks[1] };
      }
    }
    index += Math.max(1, removed + added);
  }
  return marked;
}

function countOf(lines: readonly PatchLine[], from: number, kind: PatchLine["kind"]): number {
  let count = 0;
  while (lines[from + count]?.kind === kind) count += 1;
  return count;
}

/** The differing middles of two lines; undefined where they have too little in common for it to say anything. */
function difference(old: string, fresh: string): readonly [readonly [number, number], readonly [number, number]] | undefined {
  const shorter = Math.min(old.length, fresh.length);
  let start = 0;
  while (start < shorter && old[start] === fresh[start]) start += 1;
  let end = 0;
  while (end < shorter - start && old[old.length - 1 - end] === fresh[fresh.length - 1 - end]) end += 1;
  const common = old.slice(0, start).trim().length + old.slice(old.length - end).trim().length;
  if (common * 3 < shorter || start + end === Math.max(old.length, fresh.length)) return undefined;
  return [
    [start, old.length - end],
    [start, fresh.length - end],
  ];
}

/** Both sides of one row of a split diff. */
export interface SplitRow {
  readonly left: PatchLine | null;
  readonly right: PatchLine | null;
}

export function splitRows(lines: readonly PatchLine[]): readonly SplitRow[] {
  const rows: SplitRow[] = [];
  let index = 0;
  while (index < lines.length) {
    const line = lines[index];
    if (line?.kind === "same") {
      rows.push({ left: line, right: line });
      index += 1;
      continue;
    }
    const removed = countOf(lines, index, "removed");
    const added = countOf(lines, index + removed, "added");
    for (let offset = 0; offset < Math.max(removed, added); offset += 1) {
      rows.push({
        left: offset < removed ? (lines[index + offset] ?? null) : null,
        right: offset < added ? (lines[index + removed + offset] ?? null) : null,
      });
    }
    index += Math.max(1, removed + added);
  }
  return rows;
}
