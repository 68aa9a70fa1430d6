/** A file the agent made: a picture is shown, any other is a row to download it from. */
"use client";
import { filePath, type FileBlock as ProducedFile } from "@fairlead/client";
import { Download, FileText } from "lucide-react";
import { memo } from "react";
import { Button } from "../components/button.tsx";
import { bytesWords, isPicture } from "../text/file-words.ts";
import { sizeWords } from "../text/time-words.ts";
import { CopyButton } from "./CopyButton.tsx";
import { ProducedPicture } from "./ProducedPicture.tsx";
import { useSessionPlace } from "./session-place.ts";

export const FileBlock = memo(function FileBlock({ block }: { readonly block: ProducedFile }) {
  const { state } = block.bytes;
  const isShown = isPicture(block.mime_type) && (state === "stored" || state === "coming");
  return isShown ? <ProducedPicture block={block} /> : <FileRow block={block} />;
});

function FileRow({ block }: { readonly block: ProducedFile }) {
  const { name, path, mime_type, size, bytes } = block;
  const { sessionId } = useSessionPlace();
  const facts = [sizeWords(size), mime_type, ...(path === name ? [] : [path])].join(" · ");
  const words = bytesWords(block);
  return (
    <section aria-label={`File ${name}`} className="flex max-w-md items-center gap-3 rounded-lg border bg-card py-1.5 pr-1.5 pl-3">
      <FileText aria-hidden className="size-5 shrink-0 text-primary" />
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium text-sm">{name}</p>
        <p className="truncate text-muted-foreground text-xs" title={facts}>
          {facts}
        </p>
        {words !== undefined && <p className="text-muted-foreground text-xs">{words}</p>}
      </div>
      {bytes.state === "stored" ? (
        <Button asChild variant="ghost" size="icon">
          <a href={filePath(sessionId, bytes.file_id)} download={name} aria-label={`Download ${name}`} title="Download">
            <Download aria-hidden />
          </a>
        </Button>
      ) : (
        // What came with a call lies in no file that could be looked for.
        block.tool_call_id === null && <CopyButton what="path" read={() => path} />
      )}
    </section>
  );
}
