/** One conversation: header, links, transcript, composer. */
"use client";
import type { MessageExtras, SessionView } from "@fairlead/client";
import { useCallback, useRef, useState } from "react";
import { toast } from "sonner";
import { SessionAsks } from "../approvals/SessionAsks.tsx";
import { useAttachments } from "../hooks/use-attachments.ts";
import { useDraft } from "../hooks/use-draft.ts";
import { useHub } from "../hooks/use-hub.tsx";
import { useLiveSession } from "../hooks/use-live-session.ts";
import { OpenedMemory } from "../hooks/use-opened.tsx";
import { usePlace } from "../hooks/use-place.ts";
import { useReadMark } from "../hooks/use-read-mark.ts";
import { useSessionFacts } from "../hooks/use-session-facts.ts";
import { useShortcut } from "../hooks/use-shortcut.ts";
import { useStopTurn } from "../hooks/use-stop-turn.ts";
import { useTitle } from "../hooks/use-title.ts";
import { profileLook } from "../shell/profile-look.ts";
import { sayError } from "../text/refusals.ts";
import { titleWords } from "../text/title-words.ts";
import { Announcer } from "./Announcer.tsx";
import { ChangesPanel } from "./changes/ChangesPanel.tsx";
import { Composer } from "./composer/Composer.tsx";
import { SessionHeader } from "./header/SessionHeader.tsx";
import type { TranscriptActions } from "./RowView.tsx";
import { SessionFailed } from "./SessionFailed.tsx";
import { SessionLinks } from "./SessionLinks.tsx";
import { SessionPlaceProvider } from "./session-place.ts";
import { Transcript } from "./Transcript.tsx";

export function SessionScreen({ sessionId }: { readonly sessionId: string }) {
  const hub = useHub();
  const { live, state } = useLiveSession(sessionId);
  const facts = useSessionFacts(sessionId, state);
  const [draft, setDraft] = useDraft(sessionId);
  const [atEnd, setAtEnd] = useState(true);
  const [showsChanges, setShowsChanges] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const attachments = useAttachments(sessionId);
  const stop = useStopTurn(live, state);
  const { view } = state;

  useTitle(titleWords(facts.title, view.state));
  useReadMark({ sessionId, seq: state.phase === "ready" ? view.last : 0, atEnd });
  useShortcut("/", () => field.current?.focus());

  const post = useCallback(
    (content: string, extras?: MessageExtras) => {
      try {
        live?.send(content, extras);
        return live !== null;
      } catch (error) {
        toast.error(sayError(error));
        return false;
      }
    },
    [live],
  );
  const send = (steer: boolean) => {
    const ready = attachments.files.flatMap(({ attachment }) => attachment ?? []);
    // A message of files alone still needs words: their names.
    const content = draft.trim() === "" ? ready.map(({ name }) => name).join(", ") : draft;
    if (!post(content, { attachments: ready, steer })) return;
    setDraft("");
    attachments.clear();
  };
  const { cancel } = stop;
  const mayWrite = facts.mine && view.state.closed !== "user" && view.state.closed !== "admin";
  const actions: TranscriptActions = {
    onAgain: post,
    onCancel: cancel,
    onDiscard: hub.outbox.discard,
    onRetry: hub.outbox.retry,
    onStop: facts.mine && stop.phase === "running" ? stop.stop : undefined,
  };
  const place = usePlace({ sessionId, facts, view, onAgain: mayWrite ? post : undefined });

  if (state.phase === "failed") return <SessionFailed error={state.error} />;
  const look = facts.profile === undefined ? undefined : profileLook(facts.profile);
  const abilities = facts.endpoint?.capabilities;
  const changes =
    look?.changesFiles === true
      ? { open: showsChanges, toggle: () => setShowsChanges(!showsChanges), sessionId, turns: endedTurns(view) }
      : undefined;
  return (
    <SessionPlaceProvider value={place}>
      <OpenedMemory key={sessionId}>
        <div className="flex min-h-0 flex-1">
          <div className="flex min-h-0 min-w-0 flex-1 flex-col">
            <SessionHeader sessionId={sessionId} facts={facts} state={state} changes={changes} />
            <SessionLinks facts={facts} state={state} />
            <SessionAsks sessionId={sessionId} facts={facts} state={state} atEnd={atEnd}>
              <Transcript state={state} live={live} facts={facts} actions={actions} onAtEnd={setAtEnd} />
            </SessionAsks>
            <div className="border-t bg-background/95 px-3 pt-2 pb-[max(0.75rem,env(safe-area-inset-bottom))] md:border-t-0 md:px-0 md:pb-5">
              <div className="mx-auto max-w-3xl md:px-6">
                <Composer
                  value={draft}
                  onChange={setDraft}
                  onSend={send}
                  onStop={stop.stop}
                  turn={stop.phase}
                  placeholder={look?.placeholder ?? "Write a message"}
                  locked={lockWords(view.state.closed, facts.mine)}
                  monospaced={look?.asCommand === true}
                  field={field}
                  commands={view.state.commands}
                  attachments={abilities === undefined || abilities.attachments === "none" ? undefined : attachments}
                  steers={abilities?.steer === true}
                />
              </div>
            </div>
          </div>
          {changes?.open === true && <ChangesPanel sessionId={sessionId} turns={changes.turns} onClose={() => setShowsChanges(false)} />}
        </div>
        <Announcer state={state} name={facts.endpointName} />
      </OpenedMemory>
    </SessionPlaceProvider>
  );
}

/** Changes with each turn that ends, and then only. */
function endedTurns(view: SessionView): string {
  return view.state.last_turn?.turn_id ?? "";
}

function lockWords(closed: false | "user" | "admin" | "idle", mine: boolean): string {
  if (!mine) return "You may read this session; only its owner may write.";
  return closed === "user" || closed === "admin" ? "This session is closed. Start a new one to go on." : "";
}
