/** The pictures in a request to a model, whatever its dialect calls them. */

export interface Picture {
  readonly mime_type: string;
  /** Base64. */
  readonly data: string;
}

const DATA_URL = /^data:(image\/[a-z0-9.+-]+);base64,(.*)$/s;

/** All pictures of a request's body, in its order. */
export function picturesIn(value: unknown): Picture[] {
  if (typeof value === "string") {
    const [, mime_type, data] = DATA_URL.exec(value) ?? [];
    return mime_type === undefined || data === undefined ? [] : [{ mime_type, data }];
  }
  if (typeof value !== "object" || value === null) return [];
  const own = pictureOf(value);
  return own === undefined ? Object.values(value).flatMap(picturesIn) : [own];
}

/** Anthropic's way to hold one, and Gemini's. */
function pictureOf(value: object): Picture | undefined {
  const { data, media_type, mimeType = media_type } = value as Readonly<Record<string, unknown>>;
  return typeof data === "string" && typeof mimeType === "string" ? { mime_type: mimeType, data } : undefined;
}
