/** The truth about the link to the hub, for as long as something is wrong with it. */
"use client";
import { CloudOff } from "lucide-react";
import { cn } from "../cn.ts";
import { Button } from "../components/button.tsx";
import { useHub } from "../hooks/use-hub.tsx";
import { useNow } from "../hooks/use-now.ts";
import { useStore } from "../hooks/use-store.ts";
import { type BarWords, hubWords } from "../text/connection-words.ts";
import { goToSignIn } from "../text/next-page.ts";

export function HubBar({ className }: { readonly className?: string }) {
  const hub = useHub();
  const status = useStore(hub.socket.status);
  const unsent = useStore(hub.outbox.entries).filter((entry) => entry.state === "unsent" || entry.state === "sending").length;
  useNow(1_000);
  const words = hubWords(status, unsent, Date.now());
  if (words === undefined) return null;
  const act = () => {
    if (words.action === "sign_in") goToSignIn();
    else if (words.action === "reload") window.location.reload();
    else hub.socket.check();
  };
  return <LinkBar words={words} label={LABELS[words.action ?? "retry"]} onAction={act} className={className} />;
}

const LABELS = { retry: "Retry now", sign_in: "Sign in", reload: "Reload" } as const;

interface LinkBarProps {
  readonly words: BarWords;
  readonly label?: string | undefined;
  readonly onAction?: (() => void) | undefined;
  readonly className?: string | undefined;
}

export function LinkBar({ words, label, onAction, className }: LinkBarProps) {
  return (
    <div
      role="status"
      aria-live="off"
      className={cn(
        "flex min-h-9 items-center gap-2.5 border-y px-4 py-1 text-sm first:border-t-0",
        words.tone === "bad" ? "border-bad/40 bg-bad/8" : "border-wait/40 bg-wait/8",
        className,
      )}
    >
      <CloudOff aria-hidden className={cn("size-4 shrink-0", words.tone === "bad" ? "text-bad" : "text-wait")} />
      <p className="min-w-0 flex-1 tabular-nums leading-snug">
        <span className="font-medium">{words.text}</span>
        {words.detail !== "" && <span className="text-muted-foreground"> · {words.detail}</span>}
      </p>
      {label !== undefined && onAction !== undefined && (
        <Button variant="outline" size="inline" onClick={onAction}>
          {label}
        </Button>
      )}
    </div>
  );
}
