/** What of the audit trail is shown: of whom, of which kind, of which session. */
"use client";
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { type ReactNode, useId } from "react";
import { Button } from "../components/button.tsx";
import { useTRPC } from "../hooks/use-hub.tsx";
import { DEED_KINDS } from "../text/audit-words.ts";
import type { FilterInAddress } from "./use-audit.ts";

interface AuditFiltersProps extends FilterInAddress {
  /** The title of the session that is filtered by, while it is known. */
  readonly title: string | undefined;
}

export function AuditFilters({ filter, change, title }: AuditFiltersProps) {
  const users = useQuery(useTRPC().users.list.queryOptions({})).data ?? [];
  const people = [["", "Everybody"] as const, ...users.map(({ id, username }) => [id, username] as const)];
  return (
    <section aria-label="Filters" className="mb-4 flex flex-wrap items-end gap-x-3 gap-y-2">
      <Choice label="Person" value={filter.user_id} options={people} onChange={(user_id) => change({ user_id })} />
      <Choice label="What" value={filter.operation} options={DEED_KINDS} onChange={(operation) => change({ operation })} />
      {filter.session_id !== "" && (
        <div className="flex min-w-0 max-w-full items-center gap-1 rounded-lg border bg-card pl-3 text-sm">
          <span className="min-w-0 truncate">
            <span className="text-muted-foreground">Session:</span> {title ?? filter.session_id}
          </span>
          <Button variant="ghost" size="icon" aria-label="Show all sessions" onClick={() => change({ session_id: "" })}>
            <X aria-hidden />
          </Button>
        </div>
      )}
    </section>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [string, string])[];
  readonly onChange: (value: string) => void;
}

/** A value that came with the address and is none of the options stays chosen and is shown as it is. */
function Choice({ label, value, options, onChange }: ChoiceProps): ReactNode {
  const id = useId();
  const known = options.some(([option]) => option === value);
  return (
    <div className="min-w-0 flex-1 basis-36 sm:max-w-56">
      <label htmlFor={id} className="mb-1 block font-medium text-sm">
        {label}
      </label>
      <select
        id={id}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="h-11 w-full min-w-0 rounded-lg border border-input bg-card px-2.5 text-base text-card-foreground md:h-9 md:text-sm"
      >
        {!known && <option value={value}>{value}</option>}
        {options.map(([option, words]) => (
          <option key={option} value={option}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}
