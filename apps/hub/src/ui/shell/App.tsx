/** The app: connection outside, frame inside. */
"use client";
import type { ReactNode } from "react";
import { AlwaysProvider } from "../approvals/always.tsx";
import { HubProvider } from "../hooks/use-hub.tsx";
import { Shell } from "./Shell.tsx";
import { SignInGuard } from "./SignInGuard.tsx";

export function App({ children }: { readonly children: ReactNode }) {
  return (
    <HubProvider>
      <SignInGuard />
      <AlwaysProvider>
        <Shell>{children}</Shell>
      </AlwaysProvider>
    </HubProvider>
  );
}
