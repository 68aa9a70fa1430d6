/** A message with its files as pi takes it: pictures inside, everything else by its path. */
import { readFile } from "node:fs/promises";
import type { AttachedFile, TurnInput } from "../contract.ts";

const IMAGE_TYPES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
/** The largest picture that is put into a message, in bytes. */
const MAX_IMAGE_BYTES = 5 * 1024 * 1024;

interface Image {
  readonly type: "image";
  readonly data: string;
  readonly mimeType: string;
}

/** The fields of a `prompt` or `steer` command. */
export interface PromptFields {
  readonly message: string;
  readonly images?: readonly Image[];
}

/** Never rejects: a picture that cannot be read is named by its path. */
export async function promptOf({ text, attachments = [] }: Pick<TurnInput, "text" | "attachments">): Promise<PromptFields> {
  const images: Image[] = [];
  const named: string[] = [];
  for (const file of attachments) {
    const image = await imageOf(file);
    if (image === undefined) named.push(file.path);
    else images.push(image);
  }
  const list = named.map((path) => `- ${path}`).join("\n");
  const message = named.length === 0 ? text : `${text}\n\nAttached files:\n${list}`;
  return { message, ...(images.length === 0 ? {} : { images }) };
}

async function imageOf({ path, mime_type, size }: AttachedFile): Promise<Image | undefined> {
  if (!IMAGE_TYPES.has(mime_type) || size > MAX_IMAGE_BYTES) return undefined;
  try {
    return { type: "image", data: (await readFile(path)).toString("base64"), mimeType: mime_type };
  } catch {
    return undefined;
  }
}
