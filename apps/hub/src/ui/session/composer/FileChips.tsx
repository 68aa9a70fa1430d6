/** The files chosen for the next message: picture, name, size, progress, and what went wrong. */
"use client";
import { FileText, RotateCw, X } from "lucide-react";
import { cn } from "../../cn.ts";
import type { Attachments, ChosenFile } from "../../hooks/use-attachments.ts";
import { sizeWords } from "../../text/time-words.ts";
import { Picture } from "../AttachedFiles.tsx";

export function FileChips({ attachments }: { readonly attachments: Attachments }) {
  const { files, remove, retry } = attachments;
  if (files.length === 0) return null;
  return (
    <ul aria-label="Files for this message" className="flex gap-1.5 overflow-x-auto px-1 pt-1 pb-0.5">
      {files.map((file) => (
        <Chip key={file.id} file={file} onRemove={() => remove(file.id)} onRetry={() => retry(file.id)} />
      ))}
    </ul>
  );
}

interface ChipProps {
  readonly file: ChosenFile;
  readonly onRemove: () => void;
  readonly onRetry: () => void;
}

function Chip({ file, onRemove, onRetry }: ChipProps) {
  const { name, size, picture, part, attachment, error } = file;
  const uploading = attachment === null && error === null;
  return (
    <li
      className={cn(
        "relative flex h-14 max-w-64 shrink-0 items-center gap-2 overflow-hidden rounded-xl border bg-background pl-2 text-xs",
        error !== null && "border-bad/60",
      )}
    >
      {picture === null ? <FileText aria-hidden className="size-5 shrink-0 text-muted-foreground" /> : <Picture address={picture} />}
      <span className="min-w-0 max-w-36">
        <span className="block truncate font-medium">{name}</span>
        {error === null ? (
          <span className="block text-muted-foreground tabular-nums">
            {uploading ? `${Math.round(part * 100)}% of ${sizeWords(size)}` : sizeWords(size)}
          </span>
        ) : (
          <span role="alert" className="block truncate text-bad" title={error}>
            {error}
          </span>
        )}
      </span>
      {error !== null && (
        <button type="button" aria-label={`Upload ${name} again`} onClick={onRetry} className={ROUND}>
          <RotateCw aria-hidden className="size-4" />
        </button>
      )}
      <button type="button" aria-label={`Remove ${name}`} onClick={onRemove} className={ROUND}>
        <X aria-hidden className="size-4" />
      </button>
      {uploading && (
        <span aria-hidden className="absolute inset-x-0 bottom-0 h-0.5 bg-muted">
          <span className="block h-full bg-primary" style={{ width: `${part * 100}%` }} />
        </span>
      )}
    </li>
  );
}

const ROUND =
  "-ml-1 inline-flex size-11 shrink-0 items-center justify-center rounded-lg text-muted-foreground hover:bg-accent hover:text-accent-foreground md:size-9";
