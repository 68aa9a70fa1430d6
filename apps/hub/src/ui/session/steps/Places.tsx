/** The places in files that a call looked at. */
"use client";
import type { ToolLocation } from "@fairlead/protocol";
import { shortPath } from "../../text/call-words.ts";
import { useSessionPlace } from "../session-place.ts";

/** More are only counted. */
const MOST_SHOWN = 12;

export function Places({ locations }: { readonly locations: readonly ToolLocation[] }) {
  const { workDir } = useSessionPlace();
  if (locations.length === 0) return null;
  return (
    <ul aria-label="Places" className="flex flex-wrap gap-1 px-1">
      {locations.slice(0, MOST_SHOWN).map(({ path, line }, index) => {
        const key = `${index} ${path}`;
        return (
          <li
            key={key}
            className="max-w-full truncate rounded border bg-code px-1.5 font-mono text-muted-foreground text-xs leading-5"
            title={path}
          >
            {shortPath(path, workDir)}
            {line !== undefined && `:${line}`}
          </li>
        );
      })}
      {locations.length > MOST_SHOWN && (
        <li className="text-muted-foreground text-xs leading-5">and {locations.length - MOST_SHOWN} more</li>
      )}
    </ul>
  );
}
