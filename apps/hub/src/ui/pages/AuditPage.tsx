/** The audit trail, for admins. */
"use client";
import { ShieldX } from "lucide-react";
import { AuditList } from "../audit/AuditList.tsx";
import { useMe } from "../hooks/use-lists.ts";
import { useTitle } from "../hooks/use-title.ts";
import { HubBar } from "../shell/HubBar.tsx";
import { PageHeading } from "../shell/PageHeading.tsx";

export function AuditPage() {
  useTitle("Audit");
  const role = useMe()?.role;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <HubBar className="max-md:hidden" />
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        <div className="mx-auto max-w-5xl px-4 pt-6 pb-10 pad-safe-top md:px-8 md:pt-14">
          <PageHeading title="Audit" about="Who did what, from where, and what became of it." />
          {role === "admin" && <AuditList />}
          {role === "user" && <ForAdmins />}
        </div>
      </div>
    </div>
  );
}

function ForAdmins() {
  return (
    <div role="alert" className="flex flex-col items-center rounded-xl border border-dashed px-6 py-14 text-center">
      <ShieldX aria-hidden className="size-8 text-muted-foreground" strokeWidth={1.5} />
      <p className="mt-3 font-medium">Only an admin may read the audit trail</p>
      <p className="mt-1 max-w-sm text-muted-foreground text-sm">What you do stands in it too. Ask an admin if you need to know more.</p>
    </div>
  );
}
