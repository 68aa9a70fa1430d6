/** Which questions this browser was told of, over all its tabs, so that each is told once. */
import type { KeyValueStorage } from "@fairlead/client";

const KEY = "fairlead.told";
/** Questions remembered; older ones are long answered. */
const MOST_TOLD = 300;

function read(storage: KeyValueStorage): readonly string[] {
  try {
    const value: unknown = JSON.parse(storage.getItem(KEY) ?? "[]");
    return Array.isArray(value) ? value.filter((key) => typeof key === "string") : [];
  } catch {
    return [];
  }
}

/** Remembers keys; returns those that were new. */
export function markTold(storage: KeyValueStorage, keys: readonly string[]): readonly string[] {
  const told = read(storage);
  const fresh = keys.filter((key) => !told.includes(key));
  if (fresh.length > 0) storage.setItem(KEY, JSON.stringify([...told, ...fresh].slice(-MOST_TOLD)));
  return fresh;
}
