/** What a person wrote, with the truth about where it is on its way to the agent. */
"use client";
import type { Attachment } from "@fairlead/protocol";
import { CircleAlert, CircleStop, Clock, CornerDownRight, RotateCw, X } from "lucide-react";
import { memo, type ReactNode } from "react";
import { cn } from "../cn.ts";
import { Button } from "../components/button.tsx";
import { clockWords } from "../text/time-words.ts";
import { AttachedFiles } from "./AttachedFiles.tsx";
import { CopyButton } from "./CopyButton.tsx";

/** `unsent`: on this device only. `refused`: the hub said no. The others are the log's word. */
export type MessageStatus =
  | "unsent"
  | "sending"
  | "refused"
  | "waiting"
  | "running"
  | "done"
  | "failed"
  | "cancelled"
  | "expired"
  | "steered";

interface UserMessageProps {
  readonly content: string;
  /** The hub's clock (ms); null while the hub has not stored it. */
  readonly at: number | null;
  readonly status: MessageStatus;
  /** What the state is, in words; empty for a message that simply arrived. */
  readonly note: string;
  /** Written to a program rather than to somebody: set in the terminal's type. */
  readonly asCommand: boolean;
  readonly attachments: readonly Attachment[];
  readonly onCancel?: (() => void) | undefined;
  readonly onAgain?: (() => void) | undefined;
}

const PENDING: readonly MessageStatus[] = ["unsent", "sending", "waiting"];
const ENDED: readonly MessageStatus[] = ["cancelled", "expired", "refused"];

export const UserMessage = memo(function UserMessage(props: UserMessageProps) {
  const { content, at, status, note, asCommand, attachments, onCancel, onAgain } = props;
  return (
    <article aria-label="Your message" className="group flex flex-col items-end" data-status={status}>
      <div
        className={cn(
          "max-w-[88%] rounded-2xl rounded-br-md bg-mine px-3.5 py-2 text-mine-foreground sm:max-w-[80%]",
          "whitespace-pre-wrap break-words [overflow-wrap:anywhere]",
          asCommand ? "font-mono text-[13.5px] leading-relaxed" : "text-[0.9375rem] leading-relaxed",
          PENDING.includes(status) && "border border-mine-foreground/35 border-dashed bg-mine/60",
          ENDED.includes(status) && "border border-border bg-transparent text-muted-foreground",
        )}
      >
        {content}
        {attachments.length > 0 && <AttachedFiles attachments={attachments} />}
      </div>
      <div className="mt-0.5 flex min-h-7 max-w-full flex-wrap items-center justify-end gap-x-1.5 pr-1 text-muted-foreground text-xs">
        {onCancel === undefined && (
          <CopyButton
            what="message"
            read={() => content}
            className="md:opacity-0 md:transition-opacity md:focus-visible:opacity-100 md:group-hover:opacity-100"
          />
        )}
        {note !== "" && <StatusNote status={status}>{note}</StatusNote>}
        {note === "" && at !== null && <time dateTime={new Date(at).toISOString()}>{clockWords(at)}</time>}
        {onCancel !== undefined && (
          <Button variant="ghost" size="inline" onClick={onCancel}>
            <X aria-hidden /> Cancel
          </Button>
        )}
        {onAgain !== undefined && (
          <Button variant="ghost" size="inline" onClick={onAgain}>
            <RotateCw aria-hidden /> Send again
          </Button>
        )}
      </div>
    </article>
  );
});

function StatusNote({ status, children }: { readonly status: MessageStatus; readonly children: ReactNode }) {
  const bad = status === "failed" || status === "expired" || status === "refused";
  const Icon = bad ? CircleAlert : status === "cancelled" ? CircleStop : status === "steered" ? CornerDownRight : Clock;
  return (
    <span className={cn("inline-flex min-w-0 items-center gap-1", bad ? "text-bad" : PENDING.includes(status) && "text-wait")}>
      <Icon aria-hidden className="size-3.5 shrink-0" /> {children}
    </span>
  );
}
