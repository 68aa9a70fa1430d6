/** Remembers what a person opened while its row is scrolled out of sight, where it is not drawn. */
"use client";
import { createContext, type ReactNode, useContext, useState } from "react";

const Opened = createContext<Map<string, boolean>>(new Map());

/** One memory for all that is below; `key` it by the session. */
export function OpenedMemory({ children }: { readonly children: ReactNode }) {
  const [memory] = useState(() => new Map<string, boolean>());
  return <Opened.Provider value={memory}>{children}</Opened.Provider>;
}

/** Whether the thing with this id is open, and a function that opens or closes it. `otherwise`: while nobody has said. */
export function useOpened(id: string, otherwise = false): readonly [boolean, (open: boolean) => void] {
  const memory = useContext(Opened);
  const [, draw] = useState(0);
  const change = (next: boolean) => {
    memory.set(id, next);
    draw((count) => count + 1);
  };
  return [memory.get(id) ?? otherwise, change];
}
