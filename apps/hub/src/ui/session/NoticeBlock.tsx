/** Something a person should see that is not the agent's speech. */
import type { NoticeBlock as Notice } from "@fairlead/client";
import { CircleAlert, GitBranch, History, Info, type LucideIcon, RefreshCw, RotateCw, TriangleAlert } from "lucide-react";
import { memo } from "react";
import { cn } from "../cn.ts";

interface Look {
  readonly Icon: LucideIcon;
  readonly word: string;
  readonly ink: string;
}

const LOOKS: Readonly<Record<Notice["level"], Look>> = {
  info: { Icon: Info, word: "Note", ink: "text-muted-foreground" },
  warning: { Icon: TriangleAlert, word: "Warning", ink: "text-wait" },
  error: { Icon: CircleAlert, word: "Error", ink: "text-bad" },
};

/** Notices that are told by what happened rather than by how bad it is. */
const KNOWN: Readonly<Record<string, Pick<Look, "Icon" | "word">>> = {
  retrying: { Icon: RefreshCw, word: "Trying again" },
  restarted: { Icon: RotateCw, word: "Restarted" },
  resumed: { Icon: History, word: "Resumed" },
  worktree: { Icon: GitBranch, word: "Worktree" },
};

export const NoticeBlock = memo(function NoticeBlock({ block }: { readonly block: Notice }) {
  const { Icon, word, ink } = { ...LOOKS[block.level], ...(block.code === null ? {} : KNOWN[block.code]) };
  return (
    <p className="flex gap-2 px-2 text-sm" data-code={block.code ?? undefined}>
      <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", ink)} />
      <span className="min-w-0 whitespace-pre-wrap break-words [overflow-wrap:anywhere]">
        <span className={cn("font-medium", ink)}>{word}:</span> <span className="text-muted-foreground">{block.text}</span>
      </span>
    </p>
  );
});
