/** A message → the blocks of an ACP prompt: text, pictures where the agent takes them, everything else by its path. */
import { readFile } from "node:fs/promises";
import type { AttachedFile, TurnInput } from "../contract.ts";

const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
/** A larger picture is named by its path (bytes). */
const MAX_PICTURE_BYTES = 5 * 1024 * 1024;

export type PromptBlock =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image"; readonly mimeType: string; readonly data: string };

export interface PromptParts {
  /** What the agent must hear before the message: why something was denied. */
  readonly remarks: readonly string[];
  /** Whether the agent takes pictures. */
  readonly pictures: boolean;
}

/** Never rejects: a picture that cannot be read is named by its path too. */
export async function promptOf(input: Pick<TurnInput, "text" | "attachments">, { remarks, pictures }: PromptParts): Promise<PromptBlock[]> {
  const blocks: PromptBlock[] = [];
  const named: string[] = [];
  for (const file of input.attachments ?? []) {
    const data = pictures ? await pictureOf(file) : undefined;
    if (data === undefined) named.push(`Attached file: ${file.path}`);
    else blocks.push({ type: "image", mimeType: file.mime_type, data });
  }
  // A slash command must stand first.
  const isCommand = input.text.startsWith("/");
  const parts = isCommand ? [input.text, ...remarks, named.join("\n")] : [...remarks, input.text, named.join("\n")];
  return [{ type: "text", text: parts.filter((part) => part !== "").join("\n\n") }, ...blocks];
}

async function pictureOf({ path, mime_type, size }: AttachedFile): Promise<string | undefined> {
  if (!PICTURES.has(mime_type) || size > MAX_PICTURE_BYTES) return undefined;
  try {
    const bytes = await readFile(path);
    return bytes.length > MAX_PICTURE_BYTES ? undefined : bytes.toString("base64");
  } catch {
    return undefined;
  }
}
