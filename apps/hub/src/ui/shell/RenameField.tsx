/** A session's title being changed in place: Enter keeps it, Escape does not, leaving the field keeps it. */
"use client";
import type { Session } from "@fairlead/protocol";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Input } from "../components/input.tsx";
import { useSessionActions } from "../hooks/use-session-actions.ts";

interface RenameFieldProps {
  readonly session: Pick<Session, "id" | "title">;
  readonly onDone: () => void;
}

export function RenameField({ session, onDone }: RenameFieldProps) {
  const { rename } = useSessionActions();
  const [title, setTitle] = useState(session.title);
  const field = useRef<HTMLInputElement>(null);
  const finished = useRef(false);
  useEffect(() => field.current?.select(), []);
  const finish = (keep: boolean) => {
    if (finished.current) return;
    finished.current = true;
    const wanted = title.trim();
    if (keep && wanted !== "" && wanted !== session.title) rename(session.id, wanted);
    onDone();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") finish(true);
    if (event.key === "Escape") {
      event.stopPropagation();
      finish(false);
    }
  };
  return (
    <Input
      ref={field}
      value={title}
      maxLength={200}
      aria-label="Title of the session"
      onChange={(event) => setTitle(event.target.value)}
      onKeyDown={onKeyDown}
      onBlur={() => finish(true)}
    />
  );
}
