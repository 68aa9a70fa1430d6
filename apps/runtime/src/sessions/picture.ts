/** Tells by its first bytes whether a file is a picture that browsers show, and how large it is drawn. */

/** The most of a file that is looked at (bytes): a camera's notes stand before the size of a JPEG. */
export const PICTURE_HEAD_BYTES = 256 * 1024;

export interface Picture {
  readonly mime_type: "image/png" | "image/jpeg" | "image/gif" | "image/webp";
  /** Pixels; undefined where they could not be read. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
}

/** `head`: the file's first bytes. Undefined: it is no such picture, whatever it is called. */
export function readPicture(head: Buffer): Picture | undefined {
  const kind = KINDS.find(({ is }) => is(head));
  if (kind === undefined) return undefined;
  const { width = 0, height = 0 } = kind.size(head) ?? {};
  return { mime_type: kind.mime_type, size: width > 0 && height > 0 ? { width, height } : undefined };
}

interface Kind {
  readonly mime_type: Picture["mime_type"];
  is(head: Buffer): boolean;
  size(head: Buffer): Picture["size"];
}

const KINDS: readonly Kind[] = [
  {
    mime_type: "image/png",
    is: (head) => head.subarray(0, 8).equals(Buffer.from("\x89PNG\r\n\x1a\n", "latin1")),
    size: (head) => (head.length < 24 ? undefined : { width: head.readUInt32BE(16), height: head.readUInt32BE(20) }),
  },
  {
    mime_type: "image/gif",
    is: (head) => /^GIF8[79]a$/.test(head.toString("latin1", 0, 6)),
    size: (head) => (head.length < 10 ? undefined : { width: head.readUInt16LE(6), height: head.readUInt16LE(8) }),
  },
  { mime_type: "image/webp", is: (head) => /^RIFF[\s\S]{4}WEBP$/.test(head.toString("latin1", 0, 12)), size: webpSize },
  { mime_type: "image/jpeg", is: (head) => head.toString("latin1", 0, 3) === "\xff\xd8\xff", size: jpegSize },
];

function webpSize(head: Buffer): Picture["size"] {
  if (head.length < 30) return undefined;
  switch (head.toString("latin1", 12, 16)) {
    case "VP8X":
      return { width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 };
    case "VP8L": {
      const bits = head.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case "VP8 ":
      return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff };
    default:
      return undefined;
  }
}

/** The size stands in the frame's segment (SOF), after others of any length. */
function jpegSize(head: Buffer): Picture["size"] {
  for (let at = 2; at + 9 <= head.length; ) {
    if (head[at] !== 0xff) return undefined;
    const marker = head.readUInt8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { width: head.readUInt16BE(at + 7), height: head.readUInt16BE(at + 5) };
    at += 2 + head.readUInt16BE(at + 2);
  }
  return undefined;
}
