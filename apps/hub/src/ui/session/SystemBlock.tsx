/** What happened to the session itself: a quiet line. */
"use client";
import type { SystemBlock as System } from "@fairlead/client";
import { memo } from "react";
import { useSessionPlace } from "./session-place.ts";

function wordsFor({ event }: System, names: ReadonlyMap<string, string>): string {
  switch (event.type) {
    case "session.reopened":
      return "The agent was woken";
    case "session.closed":
      return event.reason === "idle"
        ? "Nothing happened for a while: the agent rests. Your next message wakes it."
        : `${event.by.name} closed this session`;
    case "session.configured": {
      const { option_id, value_id, by } = event;
      return `${by.name} set ${names.get(option_id) ?? option_id} to ${names.get(`${option_id}/${value_id}`) ?? value_id}`;
    }
    default:
      return `Something this version does not know happened (${event.type})`;
  }
}

export const SystemBlock = memo(function SystemBlock({ block }: { readonly block: System }) {
  const { names } = useSessionPlace();
  return <p className="text-center text-muted-foreground text-xs">{wordsFor(block, names)}</p>;
});
