/** The tabs of terminals of one person in this browser: kept on the device, the same in all its windows. */
"use client";
import { createStore, defaultStorage } from "@fairlead/client";
import { panesOf, readTabs, type Tabs, withTab } from "./pane-layout.ts";

const keyOf = (userId: string) => `fairlead.terminals.${userId}`;

/** Whose they are; undefined: not known yet, and nothing is kept. */
let owner: string | undefined;
export const openTabs = createStore<Tabs>([]);

export function changeTabs(change: (tabs: Tabs) => Tabs): void {
  const next = change(openTabs.get());
  if (next === openTabs.get()) return;
  openTabs.set(next);
  if (owner === undefined) return;
  try {
    defaultStorage().setItem(keyOf(owner), JSON.stringify(next));
  } catch {
    // The tabs hold until the page is closed.
  }
}

/** Shows the tabs of this person; what was opened before it was known who that is comes behind them. */
export function ownTabs(userId: string): void {
  if (owner === userId) return;
  const early = owner === undefined ? openTabs.get().flatMap(panesOf) : [];
  owner = userId;
  openTabs.set(readTabs(defaultStorage().getItem(keyOf(userId))));
  changeTabs((tabs) => early.reduce(withTab, tabs));
}

if (typeof window !== "undefined") {
  window.addEventListener("storage", ({ key, newValue }) => {
    if (owner !== undefined && key === keyOf(owner)) openTabs.set(readTabs(newValue));
  });
}
