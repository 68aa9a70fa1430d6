/** Choose an agent: the way every conversation begins. */
"use client";
import { useTitle } from "../hooks/use-title.ts";
import { AgentGrid } from "../shell/AgentGrid.tsx";
import { HubBar } from "../shell/HubBar.tsx";

export function AgentsPage() {
  useTitle("Agents");
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <HubBar className="max-md:hidden" />
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        <div className="mx-auto max-w-5xl px-4 pt-6 pb-10 pad-safe-top md:px-8 md:pt-14">
          <h1 className="font-semibold text-2xl tracking-tight md:text-3xl">Who do you want to talk to?</h1>
          <p className="mt-1.5 mb-6 text-muted-foreground md:mb-8">Choosing an agent starts a session with it.</p>
          <AgentGrid />
        </div>
      </div>
    </div>
  );
}
