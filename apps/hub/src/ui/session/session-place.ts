/** Where a session's agent is and works: what its steps and failures are told with. */
"use client";
import { createContext, useContext } from "react";

export interface SessionPlace {
  readonly sessionId: string;
  readonly agentName: string;
  /** The machine, as its runtime is called; empty while it is not known. */
  readonly machine: string;
  readonly workDir: string | null;
  /** Names of options and their values, for lines that tell of a change: `option/value` → name. */
  readonly names: ReadonlyMap<string, string>;
  /** Sends the message of this turn once more; absent where the viewer may not write or it is not in the view. */
  readonly retry: ((turnId: string) => void) | undefined;
}

const Place = createContext<SessionPlace>({
  sessionId: "",
  agentName: "",
  machine: "",
  workDir: null,
  names: new Map(),
  retry: undefined,
});

export const SessionPlaceProvider = Place.Provider;

export function useSessionPlace(): SessionPlace {
  return useContext(Place);
}
