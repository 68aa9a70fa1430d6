/** The tabs of terminals in this browser: kept on the device, the same in all its windows. */
"use client";
import { createStore, defaultStorage } from "@fairlead/client";
import { readTabs, type Tabs } from "./pane-layout.ts";

const KEY = "fairlead.terminals";

export const openTabs = createStore<Tabs>(readTabs(defaultStorage().getItem(KEY)));

export function changeTabs(change: (tabs: Tabs) => Tabs): void {
  const next = change(openTabs.get());
  if (next === openTabs.get()) return;
  openTabs.set(next);
  try {
    defaultStorage().setItem(KEY, JSON.stringify(next));
  } catch {
    // The tabs hold until the page is closed.
  }
}

if (typeof window !== "undefined") {
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key === KEY) openTabs.set(readTabs(newValue));
  });
}
