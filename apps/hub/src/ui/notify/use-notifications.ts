/** Tells of questions outside the page: once per browser, not to somebody who looks at them, and takes it back when they are answered. */
"use client";
import { defaultStorage } from "@fairlead/client";
import type { Approval } from "@fairlead/protocol";
import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";
import { askLink } from "../approvals/ask-link.ts";
import { cardOfApproval } from "../approvals/card-ask.ts";
import { useWaiting } from "../hooks/use-lists.ts";
import { useStore } from "../hooks/use-store.ts";
import { summaryOf, wantsWords } from "../text/ask-words.ts";
import { notifier, notifySetting } from "./device-setting.ts";
import { answerTabs, isLookedAt } from "./tabs.ts";
import { markTold } from "./told.ts";

const keyOf = (approval: Approval) => `${approval.session_id}.${approval.approval_id}`;

export function useNotifications(): void {
  const on = useStore(notifySetting) === "on";
  const { items, loading } = useWaiting("mine", on);
  const router = useRouter();
  /** What was open at the last look; null before the first: what was there when the page opened is not news. */
  const before = useRef<ReadonlySet<string> | null>(null);

  useEffect(() => answerTabs(), []);
  useEffect(() => {
    if (!on) return;
    const follow = ({ data }: MessageEvent<{ readonly type?: string; readonly path?: string }>) => {
      if (data.type === "fairlead.open" && data.path?.startsWith("/") === true) router.push(data.path);
    };
    navigator.serviceWorker.addEventListener("message", follow);
    return () => navigator.serviceWorker.removeEventListener("message", follow);
  }, [on, router]);

  useEffect(() => {
    if (!on) before.current = null;
    if (!on || loading) return;
    const known = before.current;
    const open = new Set(items.map(keyOf));
    before.current = open;
    // Not news to this tab; another one that was here before may still have to tell of it.
    if (known === null) return;
    for (const approval of items) if (!known.has(keyOf(approval))) tell(approval).catch(() => undefined);
    for (const key of known) if (!open.has(key)) takeBack(key).catch(() => undefined);
  }, [items, loading, on]);
}

async function tell(approval: Approval): Promise<void> {
  const key = keyOf(approval);
  // One tab at a time: the others find it told when their turn comes.
  await navigator.locks.request(`fairlead.tell.${key}`, async () => {
    if (markTold(defaultStorage(), [key]).length === 0 || (await isLookedAt(approval.session_id))) return;
    const ask = cardOfApproval(approval);
    const worker = await notifier();
    await worker.showNotification(`${approval.endpoint_name} ${wantsWords(ask)}`, {
      body: `${summaryOf(ask)}\n${approval.session_title} · ${approval.runtime_name}`,
      tag: key,
      icon: "/icon-192.png",
      data: { path: askLink(approval) },
    });
  });
}

async function takeBack(key: string): Promise<void> {
  const worker = await notifier();
  for (const shown of await worker.getNotifications({ tag: key })) shown.close();
}
