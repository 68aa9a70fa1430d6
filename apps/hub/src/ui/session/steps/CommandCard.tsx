/** The whole command a call runs, never cut, and where it runs. */
"use client";
import type { ToolInput } from "@fairlead/protocol";
import { shortPath } from "../../text/call-words.ts";
import { CopyButton } from "../CopyButton.tsx";
import { useSessionPlace } from "../session-place.ts";

interface CommandCardProps {
  readonly command: string;
  readonly input: ToolInput | null;
}

export function CommandCard({ command, input }: CommandCardProps) {
  const { workDir } = useSessionPlace();
  const folder = input?.cwd ?? input?.workdir;
  const elsewhere = typeof folder === "string" && folder !== "" && folder !== workDir ? shortPath(folder, workDir) : undefined;
  return (
    <section aria-label="Command" className="overflow-hidden rounded-lg border bg-code text-code-foreground">
      <div className="flex items-start gap-2 pr-1 pl-3">
        <pre className="min-w-0 flex-1 whitespace-pre-wrap break-words py-2 font-mono text-[13px] leading-[1.55] [overflow-wrap:anywhere]">
          <span aria-hidden className="select-none text-muted-foreground">
            ${" "}
          </span>
          {command}
        </pre>
        <CopyButton what="command" className="my-0 md:mt-1" read={() => command} />
      </div>
      {elsewhere !== undefined && <p className="border-t px-3 py-1.5 font-mono text-muted-foreground text-xs">in {elsewhere}</p>}
    </section>
  );
}
