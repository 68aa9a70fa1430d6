/** Which terminals are open as tabs, and how panes share a tab: plain data that outlives a reload. */

/** `row`: side by side. `ratio`: the part of the first of the two, 0..1. */
export type PaneNode =
  | { readonly kind: "pane"; readonly id: string }
  | {
      readonly kind: "split";
      readonly direction: "row" | "column";
      readonly ratio: number;
      readonly children: readonly [PaneNode, PaneNode];
    };

export type Tabs = readonly PaneNode[];
export type Direction = "row" | "column";

const MOST_TABS = 30;
const MOST_PANES = 8;

export function panesOf(node: PaneNode): readonly string[] {
  return node.kind === "pane" ? [node.id] : node.children.flatMap(panesOf);
}

export function tabOf(tabs: Tabs, id: string): PaneNode | undefined {
  return tabs.find((tab) => panesOf(tab).includes(id));
}

/** The same tabs where it is open already; the oldest tab goes when there are too many. */
export function withTab(tabs: Tabs, id: string): Tabs {
  return tabOf(tabs, id) === undefined ? [...tabs, { kind: "pane" as const, id }].slice(-MOST_TABS) : tabs;
}

/** Puts a pane beside or below another one; a tab of its own where the tab is full or the other is not open. */
export function withSplit(tabs: Tabs, id: string, beside: { readonly id: string; readonly direction: Direction }): Tabs {
  const tab = tabOf(tabs, beside.id);
  if (tab === undefined || panesOf(tab).length >= MOST_PANES || tabOf(tabs, id) !== undefined) return withTab(tabs, id);
  const placed = (node: PaneNode): PaneNode => {
    if (node.kind === "split") return { ...node, children: [placed(node.children[0]), placed(node.children[1])] };
    if (node.id !== beside.id) return node;
    return { kind: "split", direction: beside.direction, ratio: 0.5, children: [node, { kind: "pane", id }] };
  };
  return tabs.map((one) => (one === tab ? placed(one) : one));
}

export function without(tabs: Tabs, id: string): Tabs {
  const kept = (node: PaneNode): PaneNode | undefined => {
    if (node.kind === "pane") return node.id === id ? undefined : node;
    const [first, second] = [kept(node.children[0]), kept(node.children[1])];
    return first === undefined || second === undefined ? (first ?? second) : { ...node, children: [first, second] };
  };
  return tabs.flatMap((tab) => kept(tab) ?? []);
}

/** `path` leads to a split: 0 or 1 at each one above it. */
export function withRatio(tabs: Tabs, index: number, path: readonly (0 | 1)[], ratio: number): Tabs {
  const changed = (node: PaneNode, steps: readonly (0 | 1)[]): PaneNode => {
    if (node.kind === "pane") return node;
    const [step, ...rest] = steps;
    if (step === undefined) return { ...node, ratio: boundedRatio(ratio) };
    const [first, second] = node.children;
    return { ...node, children: step === 0 ? [changed(first, rest), second] : [first, changed(second, rest)] };
  };
  return tabs.map((tab, at) => (at === index ? changed(tab, path) : tab));
}

function boundedRatio(ratio: number): number {
  return Math.min(0.9, Math.max(0.1, ratio));
}

/** Reads what was kept; anything that is not as it should be is left out. */
export function readTabs(text: string | null): Tabs {
  try {
    const value: unknown = JSON.parse(text ?? "[]");
    const seen = new Set<string>();
    return Array.isArray(value) ? value.slice(0, MOST_TABS).flatMap((node) => readNode(node, seen, 0) ?? []) : [];
  } catch {
    return [];
  }
}

function readNode(value: unknown, seen: Set<string>, depth: number): PaneNode | undefined {
  if (typeof value !== "object" || value === null || depth > MOST_PANES) return undefined;
  const { kind, id, direction, ratio, children } = value as Record<string, unknown>;
  if (kind === "pane") {
    if (typeof id !== "string" || id === "" || seen.has(id)) return undefined;
    seen.add(id);
    return { kind, id };
  }
  if (kind !== "split" || (direction !== "row" && direction !== "column") || !Array.isArray(children)) return undefined;
  const [first, second] = [readNode(children[0], seen, depth + 1), readNode(children[1], seen, depth + 1)];
  if (first === undefined || second === undefined) return first ?? second;
  return { kind, direction, ratio: boundedRatio(typeof ratio === "number" ? ratio : 0.5), children: [first, second] };
}

/** A name for each that none of the others has: what shares its title with others is numbered. */
export function distinctNames(ids: readonly string[], titleOf: (id: string) => string): ReadonlyMap<string, string> {
  const named = ids.map((id) => ({ id, title: titleOf(id) === "" ? "Terminal" : titleOf(id) }));
  return new Map(
    named.map(({ id, title }) => {
      const same = named.filter((other) => other.title === title);
      const place = same.findIndex((other) => other.id === id) + 1;
      return [id, same.length === 1 ? title : `${title}, ${place} of ${same.length}`];
    }),
  );
}
