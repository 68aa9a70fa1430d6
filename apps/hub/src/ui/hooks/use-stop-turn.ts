/** Stopping: the button, Escape twice, and taking back a message that still waits. */
"use client";
import type { LiveSession, LiveSessionState } from "@fairlead/client";
import { useCallback, useRef, useState } from "react";
import { toast } from "sonner";
import { sayError } from "../text/refusals.ts";
import { useShortcut } from "./use-shortcut.ts";

/** The second press must come within this time (ms). */
const SECOND_PRESS_MS = 2_500;

export interface StopTurn {
  readonly phase: "none" | "running" | "stopping";
  readonly stop: () => void;
  readonly cancel: (turnId: string) => void;
}

export function useStopTurn(live: LiveSession | null, state: LiveSessionState): StopTurn {
  const turn = state.view.state.turn;
  const [asked, setAsked] = useState<string | null>(null);
  const firstPress = useRef(0);
  const stopping = turn !== null && (turn.stop_requested || asked === turn.turn_id);

  const cancel = useCallback(
    (turnId: string) => {
      live?.stop(turnId).catch((error: unknown) => {
        setAsked(null);
        toast.error(`Not stopped. ${sayError(error)}`);
      });
    },
    [live],
  );
  const stop = () => {
    if (turn === null || stopping) return;
    setAsked(turn.turn_id);
    cancel(turn.turn_id);
  };
  const pressEscape = () => {
    const now = Date.now();
    if (now - firstPress.current < SECOND_PRESS_MS) {
      firstPress.current = 0;
      stop();
      return;
    }
    firstPress.current = now;
    toast("Press Esc again to stop the agent.", { duration: SECOND_PRESS_MS, id: "escape" });
  };
  useShortcut("Escape", pressEscape, { always: true, disabled: turn === null || stopping });
  return { phase: turn === null ? "none" : stopping ? "stopping" : "running", stop, cancel };
}
