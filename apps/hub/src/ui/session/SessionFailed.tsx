/** A session that cannot be shown, and why. */
"use client";
import type { LiveSessionState } from "@fairlead/client";
import Link from "next/link";
import { buttonVariants } from "../components/button.tsx";
import { useTitle } from "../hooks/use-title.ts";

export function SessionFailed({ error }: { readonly error: LiveSessionState["error"] }) {
  const missing = error?.code === "NOT_FOUND" || error?.code === "INVALID_INPUT";
  useTitle(missing ? "Not found" : "Failed");
  return (
    <div className="flex flex-1 flex-col items-center justify-center gap-2 p-6 text-center">
      <h1 className="font-semibold text-lg">{missing ? "There is no such session" : "This session cannot be shown"}</h1>
      <p className="max-w-sm text-muted-foreground text-sm">
        {missing ? "It may have been removed, or it belongs to somebody else." : (error?.message ?? "")}
      </p>
      <Link href="/" className={buttonVariants({ className: "mt-4" })}>
        Go to your sessions
      </Link>
    </div>
  );
}
