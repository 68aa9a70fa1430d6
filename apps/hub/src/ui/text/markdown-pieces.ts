/** Cuts Markdown that is still being written into pieces that will not change any more, so that each is drawn once. */

const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/**
 * Pieces in order; joined they are the text again. A cut is made only at a blank line outside a code fence before a line that
 * begins a new paragraph or heading, so that lists and quotes stay whole.
 */
export function markdownPieces(text: string): readonly string[] {
  const lines = text.split("\n");
  const pieces: string[] = [];
  let piece: string[] = [];
  let fence: string | undefined;
  let blank = false;
  for (const line of lines) {
    const mark = FENCE.exec(line)?.[1];
    if (blank && fence === undefined && /^[^\s>*+\-\d|]/.test(line) && piece.length > 0) {
      pieces.push(`${piece.join("\n")}\n`);
      piece = [];
    }
    if (mark !== undefined && fence === undefined) fence = mark;
    else if (mark !== undefined && fence !== undefined && closes(line, fence)) fence = undefined;
    blank = line.trim() === "";
    piece.push(line);
  }
  pieces.push(piece.join("\n"));
  return pieces;
}

function closes(line: string, fence: string): boolean {
  const trimmed = line.trim();
  return trimmed.length >= fence.length && trimmed === (fence[0] ?? "").repeat(trimmed.length);
}
