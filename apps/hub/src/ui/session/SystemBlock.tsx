/** What happened to the session itself: a quiet line. */
import type { SystemBlock as System } from "@fairlead/client";
import { memo } from "react";

function wordsFor({ event }: System): string {
  switch (event.type) {
    case "session.reopened":
      return "The agent was woken";
    case "session.closed":
      return event.reason === "idle"
        ? "Nothing happened for a while: the agent rests. Your next message wakes it."
        : `${event.by.name} closed this session`;
    default:
      return `Something this version does not know happened (${event.type})`;
  }
}

export const SystemBlock = memo(function SystemBlock({ block }: { readonly block: System }) {
  return <p className="text-center text-muted-foreground text-xs">{wordsFor(block)}</p>;
});
