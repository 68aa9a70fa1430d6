/** Where an answer given here stands, while its question still looks open: on this device, on its way, taken, refused. */
"use client";
import type { AnswerEntry } from "@fairlead/client";
import { CloudOff, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "../components/button.tsx";
import { useHub } from "../hooks/use-hub.tsx";
import { useStore } from "../hooks/use-store.ts";
import type { AskOrigin, CardAsk } from "./card-ask.ts";

interface AnswerNoteProps {
  readonly ask: CardAsk;
  readonly entry: AnswerEntry | undefined;
  readonly origin: AskOrigin;
  readonly onTakeBack: () => void;
}

export function AnswerNote({ ask, entry, origin, onTakeBack }: AnswerNoteProps) {
  const connected = useStore(useHub().socket.status).state === "live";
  const label = ask.options.find((option) => option.id === entry?.answer.option_id)?.label ?? "Your answer";
  if (entry === undefined) {
    if (!connected) {
      return <Note Icon={CloudOff}>You are offline. Your answer is kept on this device and goes out when you are back.</Note>;
    }
    if (!origin.away) return null;
    const machine = origin.machine === "" ? "The agent's machine" : origin.machine;
    return <Note Icon={Info}>{machine} is away. The hub keeps your answer and gives it to the agent when it is back.</Note>;
  }
  switch (entry.state) {
    case "waiting":
      return entry.unsure ? (
        <Note Icon={CloudOff}>“{label}” was sent, and the connection broke before the hub said so. It is sent again; it counts once.</Note>
      ) : (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <Note Icon={CloudOff}>“{label}” waits on this device. It goes out when you are back online.</Note>
          <Button variant="outline" size="inline" onClick={onTakeBack}>
            Take it back
          </Button>
        </div>
      );
    case "sending":
      return null;
    case "accepted":
      return <Note Icon={Info}>The hub has your answer.</Note>;
    case "refused":
      return (
        <p role="alert" className="flex items-start gap-2 text-bad text-sm">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          <span>Not taken: {entry.error?.message ?? "the hub refused it"}</span>
        </p>
      );
  }
}

function Note({ Icon, children }: { readonly Icon: typeof Info; readonly children: ReactNode }) {
  return (
    <p role="status" className="flex items-start gap-2 text-muted-foreground text-sm">
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-wait" />
      <span>{children}</span>
    </p>
  );
}
