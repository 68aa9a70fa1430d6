/** What a session's agent changed, file by file: beside the conversation on a desk, over it on a phone. */
"use client";
import { Maximize2, Minimize2, X } from "lucide-react";
import { cn } from "../../cn.ts";
import { lazyPart } from "../../components/lazy-part.tsx";
import { FullSheet } from "../../components/sheet.tsx";
import { useDesk } from "../../hooks/use-desk.ts";
import { usePreference } from "../../hooks/use-preference.ts";

const ChangedFiles = lazyPart(async () => (await import("./ChangedFiles.tsx")).ChangedFiles);

interface ChangesPanelProps {
  readonly sessionId: string;
  /** Another value: what was changed may have changed. */
  readonly turns: string;
  readonly onClose: () => void;
}

export function ChangesPanel({ sessionId, turns, onClose }: ChangesPanelProps) {
  const desk = useDesk();
  const [size, setSize] = usePreference<"beside" | "whole">("changes", ["beside", "whole"]);
  const files = <ChangedFiles sessionId={sessionId} turns={turns} />;
  if (!desk) {
    return (
      <FullSheet open title="Changes" onOpenChange={(open) => open || onClose()}>
        {files}
      </FullSheet>
    );
  }
  const whole = size === "whole";
  const Icon = whole ? Minimize2 : Maximize2;
  return (
    <aside
      aria-label="Changes"
      className={cn("flex min-h-0 flex-col border-l bg-background", whole ? "absolute inset-0 z-30" : "w-[46%] max-w-3xl shrink-0")}
    >
      <div className="flex h-14 shrink-0 items-center gap-1 border-b pr-2 pl-4">
        <h2 className="min-w-0 flex-1 truncate font-semibold text-[0.9375rem]">Changes</h2>
        <button
          type="button"
          aria-label={whole ? "Show beside the conversation" : "Show over the whole conversation"}
          title={whole ? "Show beside the conversation" : "Show over the whole conversation"}
          onClick={() => setSize(whole ? "beside" : "whole")}
          className={ROUND}
        >
          <Icon aria-hidden className="size-4" />
        </button>
        <button type="button" aria-label="Close the changes" onClick={onClose} className={ROUND}>
          <X aria-hidden className="size-4" />
        </button>
      </div>
      {files}
    </aside>
  );
}

const ROUND =
  "inline-flex size-9 items-center justify-center rounded-lg text-muted-foreground hover:bg-accent hover:text-accent-foreground";
