/** A choice this device remembers, the same everywhere on the page. */
"use client";
import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
/** Also where the browser keeps nothing: then for as long as the page is open. */
const chosen = new Map<string, string>();

function read(key: string): string | null {
  try {
    return chosen.get(key) ?? window.localStorage.getItem(key);
  } catch {
    return chosen.get(key) ?? null;
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePreference<T extends string>(name: string, values: readonly [T, ...T[]]): readonly [T, (value: T) => void] {
  const key = `fairlead.${name}`;
  const stored = useSyncExternalStore(
    subscribe,
    () => read(key),
    () => null,
  );
  const change = (value: T) => {
    chosen.set(key, value);
    try {
      window.localStorage.setItem(key, value);
    } catch {
      // The choice holds until the page is closed.
    }
    for (const listener of listeners) listener();
  };
  return [values.find((value) => value === stored) ?? values[0], change];
}
