/** The tab's title: how much waits for the person, what it shows and what state it is in, readable among twenty other tabs. */
"use client";
import { useEffect } from "react";
import { useWaitingCount } from "./use-lists.ts";

export function useTitle(title: string): void {
  const waiting = useWaitingCount();
  useEffect(() => {
    const name = title === "" ? "Fairlead" : `${title} · Fairlead`;
    document.title = waiting === 0 ? name : `(${waiting}) ${name}`;
  }, [title, waiting]);
}
