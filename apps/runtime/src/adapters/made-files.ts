/** Pictures and other bytes that stand within an agent's messages → files to be brought over. Shared by the adapters. */
import { z } from "zod";
import type { FileMade } from "./contract.ts";

/** Files of one message or result; more are not looked at. */
const MOST_FILES = 32;

const word = z.string().optional().catch(undefined);

/** How the agents' protocols write them: MCP and ACP (and pi), Anthropic's and OpenAI's. */
const partSchema = z.looseObject({
  type: word,
  data: word,
  mimeType: word,
  uri: word,
  source: z.looseObject({ data: word, media_type: word }).optional().catch(undefined),
  resource: z.looseObject({ blob: word, mimeType: word, uri: word }).optional().catch(undefined),
  imageUrl: word,
});
type Part = z.infer<typeof partSchema>;

export type FileContext = Pick<FileMade, "name" | "tool_call_id" | "parent_tool_call_id">;

/** The file that a part of a message is; undefined: it is text, or names something that lies elsewhere. */
export function fileOf(value: unknown, context: FileContext = {}): FileMade | undefined {
  const part = partSchema.safeParse(value).data;
  const bytes = part === undefined ? undefined : bytesOf(part);
  if (part === undefined || bytes === undefined || bytes.base64 === "") return undefined;
  const name = nameIn(part.uri ?? part.resource?.uri) ?? context.name;
  const { base64, mime_type } = bytes;
  return { type: "file.made", mime_type, source: { base64 }, ...context, ...(name === undefined ? {} : { name }) };
}

/** The files among the parts of a message or result. */
export function filesOf(parts: unknown, context: FileContext = {}): FileMade[] {
  if (!Array.isArray(parts)) return [];
  return parts.flatMap((part: unknown) => fileOf(part, context) ?? []).slice(0, MOST_FILES);
}

/** Base64, also as a `data:` address, which names the kind itself. */
export function decodeData(text: string, kind: string): { readonly base64: string; readonly mime_type: string } {
  const [head = "", named = ""] = /^data:([^;,]*)[^,]*;base64,/.exec(text.slice(0, 1_000)) ?? [];
  return { base64: text.slice(head.length), mime_type: named || kind };
}

function bytesOf({ type, data, mimeType, source, resource, imageUrl }: Part): ReturnType<typeof decodeData> | undefined {
  switch (type) {
    case "image":
    case "audio": {
      const kind = mimeType ?? source?.media_type ?? "application/octet-stream";
      const text = data ?? source?.data;
      return text === undefined ? undefined : decodeData(text, kind);
    }
    case "resource":
      return resource?.blob === undefined ? undefined : decodeData(resource.blob, resource.mimeType ?? "application/octet-stream");
    case "inputImage":
      return imageUrl?.startsWith("data:") ? decodeData(imageUrl, "application/octet-stream") : undefined;
    default:
      return undefined;
  }
}

/** The last part of an address, as far as it names a file. */
function nameIn(uri: string | undefined): string | undefined {
  const path = (uri ?? "").replace(/[?#].*$/s, "");
  const last = path.slice(path.lastIndexOf("/") + 1).slice(0, 1_000);
  if (last === "") return undefined;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
