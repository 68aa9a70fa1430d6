/** The list of changed files with their patches, fetched from the hub and again after each turn. */
"use client";
import type { OperationOutput } from "@fairlead/protocol";
import { useQuery } from "@tanstack/react-query";
import { FileCheck2 } from "lucide-react";
import { Button } from "../../components/button.tsx";
import { Skeleton } from "../../components/skeleton.tsx";
import { useHub } from "../../hooks/use-hub.tsx";
import { sayError } from "../../text/refusals.ts";
import { SCROLLS } from "../../text/scrolls.ts";
import { countWords } from "../../text/time-words.ts";
import { Diff } from "../diff/Diff.tsx";
import { LineCount } from "../steps/LineCount.tsx";

interface ChangedFilesProps {
  readonly sessionId: string;
  readonly turns: string;
}

/** More files begin closed: a list to choose from. */
const MOST_OPEN = 6;

export function ChangedFiles({ sessionId, turns }: ChangedFilesProps) {
  const hub = useHub();
  const query = useQuery({
    queryKey: ["session changes", sessionId, turns],
    queryFn: () => hub.call("sessions.changes", { session_id: sessionId }),
    placeholderData: (before) => before,
  });
  if (query.data === undefined) return <Missing error={query.error} onRetry={() => void query.refetch().catch(() => undefined)} />;
  return <Files changes={query.data} stale={query.isError} sessionId={sessionId} />;
}

function Missing({ error, onRetry }: { readonly error: Error | null; readonly onRetry: () => void }) {
  if (error === null) {
    return (
      <div role="status" aria-label="Loading the changes" className="flex flex-col gap-3 p-4">
        <Skeleton className="h-9 w-full" />
        <Skeleton className="h-40 w-full" />
        <Skeleton className="h-9 w-full" />
      </div>
    );
  }
  return (
    <div className="flex flex-col items-center gap-3 p-8 text-center text-sm">
      <p role="alert" className="text-muted-foreground">
        The changes could not be fetched. {sayError(error)}
      </p>
      <Button variant="outline" onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}

interface FilesProps {
  readonly changes: OperationOutput<"sessions.changes">;
  /** The last try to fetch them again failed. */
  readonly stale: boolean;
  readonly sessionId: string;
}

function Files({ changes, stale, sessionId }: FilesProps) {
  const { files, added, removed, truncated } = changes;
  if (files.length === 0) {
    return (
      <div className="flex flex-col items-center px-6 pt-[12vh] text-center">
        <FileCheck2 aria-hidden className="size-8 text-muted-foreground" strokeWidth={1.5} />
        <p className="mt-3 text-sm">No file was changed yet.</p>
        <p className="mt-1 max-w-xs text-muted-foreground text-sm">What the agent edits appears here, file by file.</p>
      </div>
    );
  }
  return (
    <section {...SCROLLS} aria-label="Changed files" className="min-h-0 flex-1 overflow-y-auto overscroll-contain p-3">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1 px-1 pb-2 text-muted-foreground text-sm">
        {countWords(files.length, "file")} changed <LineCount added={added} removed={removed} />
        {stale && <span className="text-wait text-xs">as last fetched</span>}
      </p>
      <div className="flex flex-col gap-2">
        {files.map((file) => (
          <Diff key={file.path} diff={file} id={`changes ${sessionId} ${file.path}`} closed={files.length > MOST_OPEN} />
        ))}
      </div>
      {truncated && <p className="px-1 pt-2 text-wait text-xs">There were more changes than can be shown at once.</p>}
    </section>
  );
}
