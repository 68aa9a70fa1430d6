/** Opens what the agent changed, and says how much that is. */
"use client";
import { useQuery } from "@tanstack/react-query";
import { FileDiff } from "lucide-react";
import { useDesk } from "../../hooks/use-desk.ts";
import { useHub } from "../../hooks/use-hub.tsx";
import { Chip } from "../header/Chip.tsx";
import { LineCount } from "../steps/LineCount.tsx";

export interface ChangesToggle {
  readonly open: boolean;
  readonly toggle: () => void;
  readonly sessionId: string;
  /** Another value: what was changed may have changed. Empty: no turn has ended yet. */
  readonly turns: string;
}

export function ChangesChip({ open, toggle, sessionId, turns }: ChangesToggle) {
  const hub = useHub();
  const desk = useDesk();
  const { data } = useQuery({
    queryKey: ["session changes", sessionId, turns, "counts"],
    queryFn: () => hub.call("sessions.changes", { session_id: sessionId, detail: "counts" }),
    placeholderData: (before) => before,
    enabled: turns !== "",
  });
  return (
    <Chip onClick={toggle} aria-pressed={desk ? open : undefined} className={open ? "bg-accent" : undefined}>
      <FileDiff aria-hidden className="text-muted-foreground" strokeWidth={1.75} /> Changes
      {data !== undefined && <LineCount added={data.added} removed={data.removed} />}
    </Chip>
  );
}
