/** A person's message → the input of a turn: text, pictures the model can see, and other files by their path. */
import { safeText } from "../../process/text.ts";
import type { AttachedFile, TurnInput } from "../contract.ts";

const IMAGE_TYPES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const MAX_IMAGE_BYTES = 5 * 1024 * 1024;

function isPicture({ mime_type, size }: AttachedFile): boolean {
  return IMAGE_TYPES.has(mime_type) && size <= MAX_IMAGE_BYTES;
}

function textInput(text: string): object {
  return { type: "text", text: safeText(text), text_elements: [] };
}

/** `before`: what the model has to know first. */
export function userInput({ text, attachments = [] }: Pick<TurnInput, "text" | "attachments">, before: readonly string[] = []): object[] {
  const pictures = attachments.filter(isPicture);
  const others = attachments.filter((file) => !isPicture(file)).map(({ name, path }) => `- ${name}: ${path}`);
  const body = others.length === 0 ? text : `${text}\n\nAttached files:\n${others.join("\n")}`.trimStart();
  return [
    ...before.map(textInput),
    ...(body === "" && pictures.length > 0 ? [] : [textInput(body)]),
    ...pictures.map(({ path }) => ({ type: "localImage", path })),
  ];
}
