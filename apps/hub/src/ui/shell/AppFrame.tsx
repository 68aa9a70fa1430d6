/** Loads the app in the browser only; until then a still frame of the same shape stands in its place. */
"use client";
import dynamic from "next/dynamic";
import type { ReactNode } from "react";
import { ShellSkeleton } from "./ShellSkeleton.tsx";

const App = dynamic(() => import("./App.tsx").then((module) => module.App), { ssr: false, loading: ShellSkeleton });

export function AppFrame({ children }: { readonly children: ReactNode }) {
  return <App>{children}</App>;
}
