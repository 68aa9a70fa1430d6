/** A store of the client package as React state. */
"use client";
import type { ReadableStore } from "@fairlead/client";
import { useSyncExternalStore } from "react";

export function useStore<T>(store: ReadableStore<T>): T {
  return useSyncExternalStore(store.subscribe, store.get, store.get);
}
