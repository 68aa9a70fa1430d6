/** What is known about a session: its agent, machine and folder, and what it used. */
"use client";
import type { SessionState } from "@fairlead/protocol";
import type { ReactNode } from "react";
import type { SessionFacts } from "../../hooks/use-session-facts.ts";
import { contextPercent, costWords, tokenWords, totalUsage } from "../../text/usage-words.ts";
import { CopyButton } from "../CopyButton.tsx";

export interface SessionDetailsProps {
  readonly facts: SessionFacts;
  readonly state: SessionState;
}

export function SessionDetails({ facts, state }: SessionDetailsProps) {
  const { endpoint } = facts;
  const total = totalUsage(state);
  const context = contextPercent(state.usage);
  const program = endpoint?.program ?? null;
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-4 gap-y-2 text-sm">
      <Fact name="Agent">{facts.endpointName}</Fact>
      {program !== null && (
        <Fact name="Program">
          {program.name} {program.version}
        </Fact>
      )}
      {endpoint !== undefined && (
        <Fact name="Machine">
          {endpoint.runtime_name} ({endpoint.status})
        </Fact>
      )}
      {state.work_dir !== null && <Fact name="Folder" copy={state.work_dir} />}
      {state.branch !== null && <Fact name="Branch" copy={state.branch} />}
      {state.native_id !== null && <Fact name="Agent's own id" copy={state.native_id} />}
      {total.input_tokens + total.output_tokens > 0 && (
        <Fact name="Tokens">
          {tokenWords(total.input_tokens)} in, {tokenWords(total.output_tokens)} out
        </Fact>
      )}
      {total.cost_usd > 0 && <Fact name="Cost">{costWords(total.cost_usd)}</Fact>}
      {context !== undefined && (
        <Fact name="Context">
          <span className="flex items-center gap-2">
            <span aria-hidden className="h-1.5 w-24 overflow-hidden rounded-full bg-muted">
              <span className="block h-full bg-primary" style={{ width: `${context}%` }} />
            </span>
            {context}% of {tokenWords(state.usage?.context_size ?? 0)}
          </span>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, copy, children }: { readonly name: string; readonly copy?: string; readonly children?: ReactNode }) {
  return (
    <>
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="min-w-0">
        {copy === undefined ? (
          children
        ) : (
          <span className="flex items-center gap-1">
            <span className="min-w-0 break-words font-mono text-[13px] [overflow-wrap:anywhere]">{copy}</span>
            <CopyButton what={name.toLowerCase()} read={() => copy} />
          </span>
        )}
      </dd>
    </>
  );
}
