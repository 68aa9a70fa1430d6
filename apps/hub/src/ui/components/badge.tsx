/** A count that wants attention; nothing is drawn for zero. */
import { cn } from "../cn.ts";

interface CountBadgeProps {
  readonly count: number;
  /** What is counted, for those who listen: "waiting for you". */
  readonly what: string;
  readonly className?: string | undefined;
}

/** More is not told apart at a glance. */
const MOST_SHOWN = 99;

export function CountBadge({ count, what, className }: CountBadgeProps) {
  if (count === 0) return null;
  return (
    <span
      className={cn(
        "inline-flex h-5 min-w-5 items-center justify-center rounded-full bg-wait px-1.5 font-semibold text-[11px] text-background tabular-nums leading-none",
        className,
      )}
    >
      {count > MOST_SHOWN ? `${MOST_SHOWN}+` : count}
      <span className="sr-only"> {what}</span>
    </span>
  );
}

interface ChipProps {
  readonly tone?: "plain" | "wait" | "bad" | "ok";
  readonly title?: string | undefined;
  readonly className?: string | undefined;
  readonly children: React.ReactNode;
}

const TONES = {
  plain: "bg-muted text-muted-foreground",
  wait: "bg-wait/12 text-wait",
  bad: "bg-bad/12 text-bad",
  ok: "bg-ok/12 text-ok",
} as const;

/** A small fact beside a name. */
export function Chip({ tone = "plain", title, className, children }: ChipProps) {
  return (
    <span
      title={title}
      className={cn("inline-flex max-w-full items-center gap-1 rounded px-1.5 py-0.5 font-medium text-xs", TONES[tone], className)}
    >
      {children}
    </span>
  );
}
