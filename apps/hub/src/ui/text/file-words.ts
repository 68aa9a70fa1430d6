/** What is said of a file that an agent made, and how large a picture is drawn in a timeline. */
import type { FileBlock } from "@fairlead/client";
import type { FileMissing } from "@fairlead/protocol";

/** Kinds that the hub lets a browser show in place. */
const PICTURES: readonly string[] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** The tallest picture in a timeline, and the box of one whose size is not known (pixels). */
const TALLEST = 320;
const UNKNOWN = { width: 400, height: 300 };

export function isPicture(mimeType: string): boolean {
  return PICTURES.includes(mimeType);
}

/** The box that is kept for a picture before it is there, so that nothing jumps when it comes; narrow screens make it smaller. */
export function pictureBox(pixels: FileBlock["pixels"]): { readonly width: number; readonly height: number } {
  const { width, height } = pixels ?? UNKNOWN;
  const part = Math.min(1, TALLEST / height);
  return { width: Math.max(1, Math.round(width * part)), height: Math.max(1, Math.round(height * part)) };
}

const MISSING: Readonly<Record<FileMissing, string>> = {
  too_large: "Too large to bring over",
  no_room: "Not brought over: this session holds too much already",
  unreadable: "Not brought over: the agent's machine could not read or keep it",
  refused: "Not brought over: the hub did not take it",
};

/** Why there is nothing to open; undefined: there is. */
export function bytesWords({ bytes }: Pick<FileBlock, "bytes">): string | undefined {
  switch (bytes.state) {
    case "stored":
      return undefined;
    case "coming":
      return "On its way…";
    case "elsewhere":
      return "On the agent's machine";
    case "missing":
      return MISSING[bytes.reason];
  }
}
