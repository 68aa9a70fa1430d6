/** What a session is doing, as a word with a shape: never by colour alone. */
import type { Session } from "@fairlead/protocol";
import { CircleDashed, CircleDot, LoaderCircle, Lock, Moon, ShieldQuestionMark } from "lucide-react";
import { cn } from "../cn.ts";

const LOOKS = {
  running: { Icon: LoaderCircle, word: "Working", ink: "text-primary", spin: true },
  queued: { Icon: CircleDashed, word: "Waiting", ink: "text-wait", spin: false },
  needs_approval: { Icon: ShieldQuestionMark, word: "Asks you", ink: "text-wait", spin: false },
  closed: { Icon: Lock, word: "Closed", ink: "text-muted-foreground", spin: false },
  resting: { Icon: Moon, word: "Resting", ink: "text-muted-foreground", spin: false },
} as const;

/** Of a terminal, whose program runs for as long as it is open. */
const TERMINAL_LOOKS = {
  ...LOOKS,
  running: { Icon: CircleDot, word: "Open", ink: "text-ok", spin: false },
  queued: { Icon: CircleDashed, word: "Starting", ink: "text-wait", spin: false },
} as const;

interface StateBadgeProps {
  readonly state: Session["state"];
  /** A suspended session is closed only until the next message. */
  readonly resting: boolean;
  readonly queued: number;
  /** Whether what is shown is known to be so now: nothing turns on a guess. */
  readonly sure: boolean;
  readonly kind?: Session["kind"] | undefined;
}

export function StateBadge({ state, resting, queued, sure, kind = "chat" }: StateBadgeProps) {
  if (state === "idle") return null;
  const { Icon, word, ink, spin } = (kind === "terminal" ? TERMINAL_LOOKS : LOOKS)[state === "closed" && resting ? "resting" : state];
  return (
    <span
      className={cn(
        "inline-flex shrink-0 items-center gap-1 font-medium text-xs",
        ink,
        state === "needs_approval" && "rounded border border-wait/50 bg-card px-1.5 font-semibold",
      )}
    >
      <Icon aria-hidden className={cn("size-3.5", spin && sure && "motion-safe:animate-spin")} />
      {word}
      {state === "queued" && queued > 1 && <span className="tabular-nums">{queued}</span>}
    </span>
  );
}
