/** Lines added and removed: `+12 −3`, told by sign and colour. */
import type { LineCounts } from "../../text/steps.ts";

export function LineCount({ added, removed }: LineCounts) {
  if (added === 0 && removed === 0) return null;
  return (
    <span className="inline-flex shrink-0 gap-1 font-mono text-xs tabular-nums">
      {added > 0 && (
        <span className="text-ok">
          +{added.toLocaleString("en")}
          <span className="sr-only"> lines added</span>
        </span>
      )}
      {removed > 0 && (
        <span className="text-bad">
          −{removed.toLocaleString("en")}
          <span className="sr-only"> lines removed</span>
        </span>
      )}
    </span>
  );
}
