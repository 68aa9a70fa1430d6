/** A program's copying (OSC 52), as vim, tmux and agents do it over a remote line: to the clipboard of who types. Reading it is never answered. */
import type { Terminal } from "@xterm/xterm";

/** A text larger than this is not copied (bytes of UTF-8). */
const MAX_BYTES = 1024 * 1024;
/** Selections, and the text in base64. The primary selection, which follows the mouse, and the cut buffers have no place in a browser. */
const COPY = /^([cpqs0-7]*);([A-Za-z0-9+/]*={0,2})$/;

/** Tells the text of each copy; undefined: it was too large, or is no text. */
export function watchCopies({ parser }: Pick<Terminal, "parser">, copied: (text: string | undefined) => void): void {
  parser.registerOscHandler(52, (data) => {
    const [, selections = "", encoded = ""] = COPY.exec(data) ?? [];
    // Nothing empties the clipboard; an empty selection stands for the usual one.
    if (encoded !== "" && (selections === "" || /[cs]/.test(selections))) copied(decode(encoded));
    return true;
  });
}

function decode(encoded: string): string | undefined {
  if (encoded.length > Math.ceil(MAX_BYTES / 3) * 4) return undefined;
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
