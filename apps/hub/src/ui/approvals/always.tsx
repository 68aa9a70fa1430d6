/** "Always allow…": opens the rule editor over whatever page the question stands on, and outlives the card it came from. */
"use client";
import dynamic from "next/dynamic";
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";
import type { AskOrigin, CardAsk } from "./card-ask.ts";

const AlwaysSheet = dynamic(() => import("../rules/AlwaysSheet.tsx").then((module) => module.AlwaysSheet), { ssr: false });

type OpenAlways = (ask: CardAsk, origin: AskOrigin) => void;

const AlwaysContext = createContext<OpenAlways | null>(null);

export function useAlways(): OpenAlways {
  const open = useContext(AlwaysContext);
  if (open === null) throw new Error("useAlways outside of AlwaysProvider");
  return open;
}

export function AlwaysProvider({ children }: { readonly children: ReactNode }) {
  const [subject, setSubject] = useState<{ readonly ask: CardAsk; readonly origin: AskOrigin } | null>(null);
  const open = useCallback<OpenAlways>((ask, origin) => setSubject({ ask, origin }), []);
  return (
    <AlwaysContext.Provider value={open}>
      {children}
      {subject !== null && <AlwaysSheet ask={subject.ask} origin={subject.origin} onClose={() => setSubject(null)} />}
    </AlwaysContext.Provider>
  );
}
