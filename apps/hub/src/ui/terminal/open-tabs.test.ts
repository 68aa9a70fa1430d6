/** Each person sees the tabs they opened in this browser, and nobody else's. */
import { memoryStorage } from "@fairlead/client";
import { afterEach, expect, it, vi } from "vitest";
import { panesOf, withTab } from "./pane-layout.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** The page after a reload. */
async function load() {
  vi.resetModules();
  const { changeTabs, openTabs, ownTabs } = await import("./open-tabs.ts");
  return { open: (id: string) => changeTabs((tabs) => withTab(tabs, id)), ownTabs, shown: () => openTabs.get().flatMap(panesOf) };
}

it("keeps them for the person they belong to, also what was opened before it was known who that is", async () => {
  vi.stubGlobal("window", Object.assign(new EventTarget(), { localStorage: memoryStorage() }));
  const first = await load();
  first.open("a");
  first.ownTabs("anna");
  first.open("b");
  expect(first.shown()).toEqual(["a", "b"]);
  first.ownTabs("bob");
  expect(first.shown()).toEqual([]);
  first.open("c");

  const later = await load();
  later.open("d");
  later.ownTabs("anna");
  expect(later.shown()).toEqual(["a", "b", "d"]);
  const last = await load();
  last.ownTabs("bob");
  expect(last.shown()).toEqual(["c"]);
});
