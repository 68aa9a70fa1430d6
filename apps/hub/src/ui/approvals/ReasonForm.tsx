/** Why not: a few words that reach the agent with the refusal. */
"use client";
import { type KeyboardEvent, useState } from "react";
import { Button } from "../components/button.tsx";
import { Textarea } from "../components/textarea.tsx";
import { hasKeyboard, isComposing } from "../text/keys.ts";

interface ReasonFormProps {
  /** The label of the refusing answer. */
  readonly label: string;
  readonly onSend: (reason: string) => void;
  readonly onCancel: () => void;
}

export function ReasonForm({ label, onSend, onCancel }: ReasonFormProps) {
  const [reason, setReason] = useState("");
  const send = () => {
    if (reason.trim() !== "") onSend(reason.trim());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      // The same key stops the agent; here it only means "not now".
      event.stopPropagation();
      event.nativeEvent.stopImmediatePropagation();
      onCancel();
    }
    if (event.key !== "Enter" || event.shiftKey || !hasKeyboard() || isComposing(event.nativeEvent, false)) return;
    event.preventDefault();
    send();
  };
  return (
    <div className="flex flex-col gap-2">
      <Textarea
        autoFocus
        rows={2}
        maxLength={4_000}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        onKeyDown={onKeyDown}
        aria-label="Reason, told to the agent"
        placeholder="What should it do instead?"
      />
      <div className="grid grid-cols-2 gap-2 sm:flex">
        <Button variant="destructive" disabled={reason.trim() === ""} onClick={send}>
          {label}
        </Button>
        <Button variant="outline" onClick={onCancel}>
          Back
        </Button>
      </div>
    </div>
  );
}
