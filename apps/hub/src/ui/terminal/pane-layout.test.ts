/** Tabs and panes: opening, splitting, closing, and what a damaged memory becomes. */
import { describe, expect, it } from "vitest";
import { distinctNames, type PaneNode, panesOf, readTabs, type Tabs, without, withRatio, withSplit, withTab } from "./pane-layout.ts";

const pane = (id: string): PaneNode => ({ kind: "pane", id });
const shape = (tabs: Tabs) => tabs.map((tab) => panesOf(tab).join("+"));

describe("open terminals", () => {
  it("are opened once, in order", () => {
    expect(shape(withTab(withTab(withTab([], "a"), "b"), "a"))).toEqual(["a", "b"]);
  });

  it("share a tab by splits, and leave the rest whole when one is closed", () => {
    const tabs = withSplit(withSplit([pane("a"), pane("z")], "b", { id: "a", direction: "row" }), "c", { id: "b", direction: "column" });
    expect(shape(tabs)).toEqual(["a+b+c", "z"]);
    expect(shape(without(tabs, "b"))).toEqual(["a+c", "z"]);
    expect(without(without(tabs, "b"), "c")).toEqual([pane("a"), pane("z")]);
    expect(without(tabs, "z")).toHaveLength(1);
    expect(shape(withSplit(tabs, "d", { id: "not open", direction: "row" }))).toEqual(["a+b+c", "z", "d"]);
  });

  it("keep a pane visible however far its border is dragged", () => {
    const tabs = withSplit(withSplit([pane("a")], "b", { id: "a", direction: "row" }), "c", { id: "b", direction: "column" });
    expect(withRatio(tabs, 0, [1], 5)[0]).toMatchObject({ ratio: 0.5, children: [{}, { ratio: 0.9 }] });
    expect(withRatio(tabs, 0, [], -1)[0]).toMatchObject({ ratio: 0.1 });
  });

  it("come back after a reload, and what is damaged is left out", () => {
    const tabs = withSplit([pane("a")], "b", { id: "a", direction: "row" });
    expect(readTabs(JSON.stringify(tabs))).toEqual(tabs);
    expect(readTabs(null)).toEqual([]);
    expect(readTabs("{")).toEqual([]);
    expect(
      readTabs(
        '[{"kind":"pane","id":"a"},{"kind":"pane","id":"a"},7,{"kind":"split","direction":"row","children":[{"kind":"pane","id":"c"}]}]',
      ),
    ).toEqual([pane("a"), pane("c")]);
  });
});

it("names apart what has the same title", () => {
  const titles = new Map([
    ["a", "Shell"],
    ["b", "vim"],
    ["c", "Shell"],
  ]);
  const names = distinctNames(["a", "b", "c", "d"], (id) => titles.get(id) ?? "");
  expect([...names.values()]).toEqual(["Shell, 1 of 2", "vim", "Shell, 2 of 2", "Terminal"]);
});
