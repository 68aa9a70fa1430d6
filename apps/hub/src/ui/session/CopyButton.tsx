/** Copies a text and says so; the text is read only when asked for. */
"use client";
import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { toast } from "sonner";
import { cn } from "../cn.ts";
import { copyText } from "../text/clipboard.ts";

interface CopyButtonProps {
  readonly read: () => string;
  /** What is copied, for the label: "message", "output", "code". */
  readonly what: string;
  readonly className?: string;
}

export function CopyButton({ read, what, className }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1_600);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    copyText(read()).then(
      () => setCopied(true),
      () => toast.error("The browser did not allow copying."),
    );
  };
  const Icon = copied ? Check : Copy;
  return (
    <button
      type="button"
      onClick={copy}
      aria-label={copied ? "Copied" : `Copy ${what}`}
      title={`Copy ${what}`}
      className={cn(
        "-my-2 inline-flex size-11 shrink-0 items-center justify-center rounded-md text-muted-foreground transition-colors hover:bg-accent hover:text-accent-foreground md:my-0 md:size-7",
        copied && "text-ok",
        className,
      )}
    >
      <Icon aria-hidden className="size-4 md:size-3.5" />
    </button>
  );
}
