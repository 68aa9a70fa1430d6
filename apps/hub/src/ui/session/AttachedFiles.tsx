/** The files that went with a message: small pictures of pictures, names and sizes of the rest. */
"use client";
import { filePath } from "@fairlead/client";
import type { Attachment } from "@fairlead/protocol";
import { Paperclip } from "lucide-react";
import { isPicture } from "../text/file-words.ts";
import { sizeWords } from "../text/time-words.ts";
import { useSessionPlace } from "./session-place.ts";

/** A small picture; its name stands beside it. */
export function Picture({ address }: { readonly address: string }) {
  return (
    <span aria-hidden className="size-12 shrink-0 rounded bg-center bg-cover bg-muted" style={{ backgroundImage: `url("${address}")` }} />
  );
}

export function AttachedFiles({ attachments }: { readonly attachments: readonly Attachment[] }) {
  const { sessionId } = useSessionPlace();
  return (
    <ul aria-label="Attached files" className="mt-2 flex flex-wrap gap-1.5 font-sans">
      {attachments.map(({ file_id, name, mime_type, size }) => (
        <li key={file_id} className="max-w-full">
          <a
            href={filePath(sessionId, file_id)}
            target="_blank"
            rel="noreferrer noopener"
            className="flex min-h-14 max-w-full items-center gap-2 rounded-lg border border-mine-foreground/20 bg-background/60 px-2 py-1 text-foreground text-xs hover:bg-background"
          >
            {isPicture(mime_type) ? (
              <Picture address={filePath(sessionId, file_id)} />
            ) : (
              <Paperclip aria-hidden className="size-4 shrink-0 text-muted-foreground" />
            )}
            <span className="min-w-0">
              <span className="block truncate font-medium">{name}</span>
              <span className="block text-muted-foreground">{sizeWords(size)}</span>
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}
