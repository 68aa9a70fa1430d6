/** Pages of a signed-in person: drawn in the browser, where the connection and the drafts live. */
import type { ReactNode } from "react";
import { AppFrame } from "../../ui/shell/AppFrame.tsx";

export default function AppLayout({ children }: { readonly children: ReactNode }) {
  return <AppFrame>{children}</AppFrame>;
}
