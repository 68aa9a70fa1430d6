/** The inbox: what agents ask, over all sessions, and what they asked before. */
"use client";
import { Scale } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { useAskKeys } from "../approvals/use-ask-keys.ts";
import { cn } from "../cn.ts";
import { CountBadge } from "../components/badge.tsx";
import { buttonVariants } from "../components/button.tsx";
import { Switch } from "../components/switch.tsx";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "../components/tabs.tsx";
import { useMe, useWaitingCount } from "../hooks/use-lists.ts";
import { useTitle } from "../hooks/use-title.ts";
import { HistoryList } from "../inbox/HistoryList.tsx";
import { WaitingList } from "../inbox/WaitingList.tsx";
import { HubBar } from "../shell/HubBar.tsx";
import { PageHeading } from "../shell/PageHeading.tsx";

export function InboxPage() {
  useTitle("Inbox");
  const [everyone, setEveryone] = useState(false);
  const admin = useMe()?.role === "admin";
  const scope = everyone && admin ? "all" : "mine";
  const count = useWaitingCount(scope);
  useAskKeys();
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <HubBar className="max-md:hidden" />
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        <div className="mx-auto max-w-3xl px-4 pt-6 pb-10 pad-safe-top md:px-8 md:pt-14">
          <PageHeading title="Inbox" about="What your agents ask before they go on.">
            <Link href="/rules" className={cn(buttonVariants({ variant: "outline" }))}>
              <Scale aria-hidden /> Rules
            </Link>
          </PageHeading>
          <Tabs defaultValue="waiting">
            <div className="mb-5 flex flex-wrap items-center justify-between gap-3">
              <TabsList aria-label="Inbox">
                <TabsTrigger value="waiting">
                  Waiting <CountBadge count={count} what="waiting" />
                </TabsTrigger>
                <TabsTrigger value="history">History</TabsTrigger>
              </TabsList>
              {admin && (
                <div className="flex items-center gap-1 text-sm">
                  <Switch id="everyone" checked={everyone} onCheckedChange={setEveryone} />
                  <label htmlFor="everyone">Everyone's</label>
                </div>
              )}
            </div>
            <TabsContent value="waiting" className="outline-none">
              <WaitingList key={scope} scope={scope} />
            </TabsContent>
            <TabsContent value="history" className="outline-none">
              <HistoryList key={scope} scope={scope} />
            </TabsContent>
          </Tabs>
        </div>
      </div>
    </div>
  );
}
