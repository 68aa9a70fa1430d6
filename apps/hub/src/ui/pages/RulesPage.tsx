/** The rules that decide without asking: one's own and everyone's. */
"use client";
import type { Rule } from "@fairlead/protocol";
import { Plus, Scale } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { Button } from "../components/button.tsx";
import { Skeleton } from "../components/skeleton.tsx";
import { useEndpoints, useMe, useRules } from "../hooks/use-lists.ts";
import { useNow } from "../hooks/use-now.ts";
import { useTitle } from "../hooks/use-title.ts";
import { RuleRow } from "../rules/RuleRow.tsx";
import { HubBar } from "../shell/HubBar.tsx";
import { PageHeading } from "../shell/PageHeading.tsx";
import { StaleNote } from "../shell/StaleNote.tsx";
import { sayError } from "../text/refusals.ts";
import { EMPTY_RULE_FORM, formOf } from "../text/rule-form.ts";

const RuleSheet = dynamic(() => import("../rules/RuleSheet.tsx").then((module) => module.RuleSheet), { ssr: false });

export function RulesPage() {
  useTitle("Rules");
  const rules = useRules();
  const [editing, setEditing] = useState<Rule | "new" | null>(null);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <HubBar className="max-md:hidden" />
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        <div className="mx-auto max-w-3xl px-4 pt-6 pb-10 pad-safe-top md:px-8 md:pt-14">
          <PageHeading
            title="Rules"
            about="What agents may do without asking, must ask about, or may not do. A deny beats an ask, an ask beats an allow."
          >
            <Button onClick={() => setEditing("new")}>
              <Plus aria-hidden /> New rule
            </Button>
          </PageHeading>
          <StaleNote stale={rules.stale} knownAt={rules.knownAt} />
          {rules.loading && !rules.stale ? (
            <div role="status" aria-label="Loading rules" className="flex flex-col gap-2">
              <Skeleton className="h-20 rounded-xl" />
              <Skeleton className="h-20 rounded-xl" />
            </div>
          ) : rules.items.length > 0 ? (
            <Lists rules={rules.items} onEdit={setEditing} />
          ) : rules.error !== null ? (
            <p role="alert">{sayError(rules.error)}</p>
          ) : (
            <NoRules />
          )}
        </div>
      </div>
      {editing !== null && (
        <RuleSheet
          begin={editing === "new" ? EMPTY_RULE_FORM : formOf(editing)}
          rule={editing === "new" ? undefined : editing}
          onClose={() => setEditing(null)}
        />
      )}
    </div>
  );
}

function Lists({ rules, onEdit }: { readonly rules: readonly Rule[]; readonly onEdit: (rule: Rule) => void }) {
  const admin = useMe()?.role === "admin";
  const endpoints = useEndpoints().items;
  const now = useNow(60_000);
  const groups = [
    { title: "Yours", scope: "mine", mayChange: true },
    { title: "Everyone's", scope: "everyone", mayChange: admin },
  ] as const;
  return (
    <div className="flex flex-col gap-8">
      {groups.map(({ title, scope, mayChange }) => {
        const own = rules.filter((rule) => rule.scope === scope);
        if (own.length === 0) return null;
        return (
          <section key={scope} aria-label={title}>
            <h2 className="mb-2 font-semibold text-sm">{title}</h2>
            <ul className="flex flex-col gap-2">
              {own.map((rule) => (
                <RuleRow
                  key={rule.id}
                  rule={rule}
                  agent={endpoints.find((endpoint) => endpoint.id === rule.when.endpoint_id)?.name}
                  mayChange={mayChange}
                  now={now}
                  onEdit={() => onEdit(rule)}
                />
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

function NoRules() {
  return (
    <div className="flex flex-col items-center rounded-xl border border-dashed px-6 py-14 text-center">
      <Scale aria-hidden className="size-8 text-muted-foreground" strokeWidth={1.5} />
      <p className="mt-3 font-medium">No rules yet</p>
      <p className="mt-1 max-w-sm text-muted-foreground text-sm">
        Everything an agent asks comes to you. “Always allow…” on a question makes a rule of it, and shows first what it would have let
        through.
      </p>
    </div>
  );
}
