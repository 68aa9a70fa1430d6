/** How much waits, on the tab's icon and on the installed app's. */
"use client";
import { useEffect } from "react";
import { useWaitingCount } from "../hooks/use-lists.ts";

const PLAIN = "/icon.svg";
/** The mark with a dot: a number would not be readable at this size. */
const DOTTED = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#11595f"/><path d="M16 8.75a7.25 7.25 0 0 0 0 14.5" fill="none" stroke="#f4fafa" stroke-width="3.2"/><path d="M3 23C9.5 23 11.5 16 16 16s6.5-7 13-7" fill="none" stroke="#f0b95a" stroke-width="2.8" stroke-linecap="round"/><path d="M16 8.75a7.25 7.25 0 0 1 0 14.5" fill="none" stroke="#f4fafa" stroke-width="3.2"/><circle cx="25" cy="7" r="7" fill="#e0483e" stroke="#fff" stroke-width="2"/></svg>',
)}`;

export function useBadges(): void {
  const count = useWaitingCount();
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (icon !== null) icon.href = count > 0 ? DOTTED : PLAIN;
    const told = count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.();
    told?.catch(() => undefined);
  }, [count]);
}
