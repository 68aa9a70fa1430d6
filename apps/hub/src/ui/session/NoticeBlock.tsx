/** Something a person should see that is not the agent's speech. */
import type { NoticeBlock as Notice } from "@fairlead/client";
import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import { memo } from "react";
import { cn } from "../cn.ts";

const LOOKS = {
  info: { Icon: Info, word: "Note", ink: "text-muted-foreground" },
  warning: { Icon: TriangleAlert, word: "Warning", ink: "text-wait" },
  error: { Icon: CircleAlert, word: "Error", ink: "text-bad" },
} as const;

export const NoticeBlock = memo(function NoticeBlock({ block }: { readonly block: Notice }) {
  const { Icon, word, ink } = LOOKS[block.level];
  return (
    <p className="flex gap-2 text-sm">
      <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", ink)} />
      <span className="min-w-0 whitespace-pre-wrap break-words [overflow-wrap:anywhere]">
        <span className={cn("font-medium", ink)}>{word}:</span> <span className="text-muted-foreground">{block.text}</span>
      </span>
    </p>
  );
});
