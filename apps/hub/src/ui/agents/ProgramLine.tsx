/** The program behind an agent: its version, and a warning where this build was not tested with it. */
import type { Program } from "@fairlead/protocol";
import { TriangleAlert } from "lucide-react";

export function ProgramLine({ program }: { readonly program: Program }) {
  const { name, version, tested, in_range } = program;
  return (
    <span className="flex w-full items-start gap-1.5 text-xs">
      {!in_range && <TriangleAlert aria-hidden className="mt-0.5 size-3.5 shrink-0 text-wait" />}
      <span className="min-w-0 [overflow-wrap:anywhere]">
        <span className={in_range ? "text-muted-foreground" : "font-medium text-wait"}>
          {name} {version}
        </span>
        {!in_range && <span className="block text-muted-foreground">Not tested with this version; known to work: {tested}</span>}
        {in_range && <span className="sr-only">, within the tested range {tested}</span>}
      </span>
    </span>
  );
}
