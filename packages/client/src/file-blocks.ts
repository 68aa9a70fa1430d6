/** Folds the files an agent made, and what becomes of their bytes. */
import type { FileBlock } from "./blocks.ts";
import { ownerOf } from "./tool-blocks.ts";
import { base, type Draft, type EventOf, find, push, replace } from "./view-draft.ts";

export function foldFile(draft: Draft, event: EventOf<"file.produced" | "file.stored" | "file.dropped">): void {
  if (event.type !== "file.produced") {
    settle(draft, event);
    return;
  }
  const { name, path, mime_type, size, sha256, missing, width, height, tool_call_id, parent_tool_call_id } = event;
  const block: FileBlock = {
    ...base(event, `file:${event.seq}`),
    type: "file",
    name,
    path,
    mime_type,
    size,
    tool_call_id: tool_call_id ?? null,
    sha256: sha256 ?? null,
    pixels: width === undefined || height === undefined ? null : { width, height },
    bytes: missing !== undefined ? { state: "missing", reason: missing } : { state: sha256 === undefined ? "elsewhere" : "coming" },
  };
  push(draft, block, ownerOf(draft, parent_tool_call_id));
  if (block.bytes.state === "coming") draft.coming = [...draft.coming, block.id];
}

/** The same bytes may have been shown several times. */
function settle(draft: Draft, event: EventOf<"file.stored" | "file.dropped">): void {
  const left: string[] = [];
  for (const id of draft.coming) {
    const block = find(draft, id)?.block;
    if (block?.type !== "file") continue;
    if (block.sha256 === event.sha256) replace(draft, { ...block, last_seq: event.seq, bytes: bytesAfter(event) });
    else left.push(id);
  }
  draft.coming = left;
}

function bytesAfter(event: EventOf<"file.stored" | "file.dropped">): FileBlock["bytes"] {
  return event.type === "file.stored" ? { state: "stored", file_id: event.file_id } : { state: "missing", reason: event.reason };
}
