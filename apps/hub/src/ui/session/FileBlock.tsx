/** A file the agent made: where it lies on the runtime's machine. */
import type { FileBlock as ProducedFile } from "@fairlead/client";
import { FileText } from "lucide-react";
import { memo } from "react";
import { sizeWords } from "../text/time-words.ts";
import { CopyButton } from "./CopyButton.tsx";

export const FileBlock = memo(function FileBlock({ block }: { readonly block: ProducedFile }) {
  return (
    <div className="flex max-w-md items-center gap-3 rounded-lg border bg-card py-1.5 pr-1.5 pl-3">
      <FileText aria-hidden className="size-5 shrink-0 text-primary" />
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium text-sm">{block.name}</p>
        <p className="truncate text-muted-foreground text-xs" title={block.path}>
          {sizeWords(block.size)} · {block.mime_type} · {block.path}
        </p>
      </div>
      <CopyButton what="path" read={() => block.path} />
    </div>
  );
});
