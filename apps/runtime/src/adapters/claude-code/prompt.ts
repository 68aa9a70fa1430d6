/** A message with its files as Claude Code takes it: pictures inside, everything else by its path. */
import { readFile } from "node:fs/promises";
import type { AttachedFile, TurnInput } from "../contract.ts";

const IMAGE_TYPES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
/** The largest picture that is put into a message, and the most of all together, in bytes: more would fill its input's pipe. */
const MAX_IMAGE_BYTES = 5 * 1024 * 1024;
const MAX_IMAGES_BYTES = 8 * 1024 * 1024;

type Part =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image"; readonly source: { readonly type: "base64"; readonly media_type: string; readonly data: string } };

export type PromptContent = string | readonly Part[];

/** Never rejects: a picture that cannot be read is named by its path. */
export async function promptOf({ text, attachments = [] }: Pick<TurnInput, "text" | "attachments">): Promise<PromptContent> {
  const images: Part[] = [];
  const named: string[] = [];
  let bytes = 0;
  for (const file of attachments) {
    const image = bytes + file.size <= MAX_IMAGES_BYTES ? await imageOf(file) : undefined;
    if (image === undefined) named.push(file.path);
    else {
      images.push(image);
      bytes += file.size;
    }
  }
  const list = named.map((path) => `- ${path}`).join("\n");
  const whole = named.length === 0 ? text : `${text}\n\nAttached files:\n${list}`;
  // A command after a slash is one only as plain text.
  return images.length === 0 ? whole : [...(whole === "" ? [] : [{ type: "text", text: whole } as const]), ...images];
}

/** The line that gives Claude Code a message; what becomes of it is told under `uuid`. */
export function userLine(content: PromptContent, uuid: string): string {
  return JSON.stringify({ type: "user", message: { role: "user", content }, parent_tool_use_id: null, session_id: "", uuid });
}

async function imageOf({ path, mime_type, size }: AttachedFile): Promise<Part | undefined> {
  if (!IMAGE_TYPES.has(mime_type) || size > MAX_IMAGE_BYTES) return undefined;
  try {
    const data = await readFile(path);
    if (data.length > MAX_IMAGE_BYTES) return undefined;
    return { type: "image", source: { type: "base64", media_type: mime_type, data: data.toString("base64") } };
  } catch {
    return undefined;
  }
}
