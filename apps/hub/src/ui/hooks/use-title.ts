/** The tab's title: what it shows and what state it is in, readable among twenty other tabs. */
"use client";
import { useEffect } from "react";

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === "" ? "Fairlead" : `${title} · Fairlead`;
  }, [title]);
}
