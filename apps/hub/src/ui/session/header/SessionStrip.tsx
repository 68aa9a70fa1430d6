/** Below a session's title: how far its plan is, what it changed, what it used, and the agent's options. */
"use client";
import type { LiveSessionState } from "@fairlead/client";
import { ListChecks, SlidersHorizontal } from "lucide-react";
import { useState } from "react";
import { Dialog, DialogContent } from "../../components/dialog.tsx";
import { useDesk } from "../../hooks/use-desk.ts";
import { type SessionOptions, valueName } from "../../hooks/use-options.ts";
import type { SessionFacts } from "../../hooks/use-session-facts.ts";
import { planCount, planStep } from "../../text/plan-words.ts";
import { contextPercent, costWords, tokenWords, totalUsage } from "../../text/usage-words.ts";
import { ChangesChip, type ChangesToggle } from "../changes/ChangesChip.tsx";
import { PlanList } from "../PlanBlock.tsx";
import { Chip } from "./Chip.tsx";
import { OptionMenu } from "./OptionMenu.tsx";
import { OptionsSheet } from "./OptionsSheet.tsx";

interface SessionStripProps extends SessionOptions {
  readonly facts: SessionFacts;
  readonly state: LiveSessionState;
  /** Absent where the agent is not one that changes files. */
  readonly changes: ChangesToggle | undefined;
}

export function SessionStrip({ facts, state, options, configure, changes }: SessionStripProps) {
  const [sheet, setSheet] = useState(false);
  const [plan, setPlan] = useState(false);
  const desk = useDesk();
  const session = state.view.state;
  const { plan: entries } = session;
  const used = usedWords(session);
  if (entries.length === 0 && changes === undefined && options.length === 0 && used === "") return null;
  const model = options.find(({ option }) => option.category === "model") ?? options[0];
  const step = planStep(entries);
  return (
    <div className="@container flex items-center gap-0.5 overflow-x-auto px-1.5 [scrollbar-width:none] md:h-10 md:px-3">
      {desk && options.map((shown) => <OptionMenu key={shown.option.id} shown={shown} configure={configure} />)}
      {entries.length > 0 && (
        <Chip onClick={() => setPlan(true)}>
          <ListChecks aria-hidden className="text-muted-foreground" strokeWidth={1.75} />
          <span className="shrink-0 tabular-nums">
            <span className="max-md:sr-only">Plan </span>
            {planCount(entries)}
          </span>
          {step !== undefined && <span className="hidden max-w-56 @5xl:block truncate text-muted-foreground">{step}</span>}
        </Chip>
      )}
      {changes !== undefined && <ChangesChip {...changes} />}
      <span className="ml-auto" />
      {desk && used !== "" && (
        <Chip
          onClick={() => setSheet(true)}
          aria-label={`Used so far: ${used}`}
          className="hidden @3xl:inline-flex text-muted-foreground tabular-nums"
        >
          {used}
        </Chip>
      )}
      {!desk && (
        <Chip onClick={() => setSheet(true)} className="min-w-11 shrink overflow-hidden">
          <SlidersHorizontal aria-hidden className="text-muted-foreground" strokeWidth={1.75} />
          <span className="sr-only">Options: </span>
          <span className="truncate">{model === undefined ? used : valueName(model.option, model.pending ?? model.option.current)}</span>
        </Chip>
      )}
      <OptionsSheet
        open={sheet}
        onOpenChange={setSheet}
        options={desk ? [] : options}
        configure={configure}
        facts={facts}
        state={session}
      />
      <Dialog open={plan} onOpenChange={setPlan}>
        <DialogContent title={`Plan, ${planCount(entries)} done`}>
          <PlanList entries={entries} className="gap-2 overflow-y-auto px-5 pt-2 pb-6" />
        </DialogContent>
      </Dialog>
    </div>
  );
}

/** What the whole session used: `45k tokens · $0.42 · context 38%`; empty where nothing is known. */
function usedWords(session: LiveSessionState["view"]["state"]): string {
  const { input_tokens, output_tokens, cost_usd } = totalUsage(session);
  const context = contextPercent(session.usage);
  const parts = [
    input_tokens + output_tokens > 0 ? `${tokenWords(input_tokens + output_tokens)} tokens` : "",
    cost_usd > 0 ? costWords(cost_usd) : "",
    context === undefined ? "" : `context ${context}%`,
  ];
  return parts.filter(Boolean).join(" · ");
}
