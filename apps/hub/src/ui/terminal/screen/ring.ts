/** A bell outside the page: a notification where the person allowed them and does not look, not more often than one can bear, and not longer than it is news. */
"use client";
import { notifier, notifySetting } from "../../notify/device-setting.ts";
import { isLookedAt } from "../../notify/tabs.ts";

/** The shortest time between two notifications of one terminal (ms). */
const PAUSE = 10_000;
const rang = new Map<string, number>();

const tagOf = (sessionId: string) => `bell.${sessionId}`;

export function ring(sessionId: string, title: string): void {
  const now = Date.now();
  if (notifySetting.get() !== "on" || now - (rang.get(sessionId) ?? 0) < PAUSE) return;
  rang.set(sessionId, now);
  tell(sessionId, title).catch(() => undefined);
}

/** Somebody looked: its notification goes, and the next bell tells again. */
export function takeBack(sessionId: string): void {
  if (rang.delete(sessionId)) close(sessionId).catch(() => undefined);
}

async function close(sessionId: string): Promise<void> {
  const worker = await notifier();
  for (const shown of await worker.getNotifications({ tag: tagOf(sessionId) })) shown.close();
}

async function tell(sessionId: string, title: string): Promise<void> {
  if (await isLookedAt(sessionId)) return;
  const worker = await notifier();
  await worker.showNotification(title === "" ? "A terminal rang its bell" : `${title} rang its bell`, {
    tag: tagOf(sessionId),
    icon: "/icon-192.png",
    data: { path: `/sessions/${encodeURIComponent(sessionId)}` },
  });
}
